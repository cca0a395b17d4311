using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Algebra;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// LoRA (Hu et al.: Low-Rank Adaptation of Large Language Models, ICLR 2022, section 4.1): W + (alpha / r) B A, with A [r, in] and
/// B [out, r]. Trains r (in + out) numbers per module and merges exactly. Defaults are PEFT's: rank 8, alpha 8.
/// </summary>
public sealed record LoRAMethod : ScaledLowRankMethod
{
    /// <inheritdoc/>
    public override string Name => "LoRA";

    /// <summary>How A and B start; default <see cref="LoRAInitialization.Kaiming"/>.</summary>
    public LoRAInitialization Initialization { get; init; }

    /// <summary>
    /// B's learning rate as a multiple of A's, above 0 and at most 1e30 (LoRA+, Hayou, Ghosh, Yu 2024, section 4, which recommends 16).
    /// Default 1: LoRA.
    /// </summary>
    public double LearningRateRatio { get; init; } = 1;

    /// <summary>
    /// True gives B a trained bias [out], at first zero, that is scaled like BA and merges into the layer's (PEFT: <c>lora_bias</c>);
    /// default false.
    /// </summary>
    public bool OutputBias { get; init; }

    /// <summary>
    /// <see cref="LoRAInitialization.Eva"/>: the most that a layer's rank may become, as a multiple of what it was; at least 1, at most
    /// 1e6. 1: the ranks stay. Default 2, as in PEFT.
    /// </summary>
    public double Rho { get; init; } = 2;

    /// <summary>
    /// <see cref="LoRAInitialization.Eva"/>: the pass ends when another batch turns no direction by more than this cosine; above 0, at most
    /// 1. Default 0.99, as in PEFT.
    /// </summary>
    public double Tau { get; init; } = 0.99;

    /// <summary>True when the start is subtracted from W, so that the adapter has a frozen copy of it.</summary>
    internal bool ChangesBase => Initialization is LoRAInitialization.PiSSA or LoRAInitialization.OLoRA;

    // What the names of the frozen copies begin with.
    private string Start => Initialization == LoRAInitialization.PiSSA ? "pissa" : "olora";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool StartsAsBase => Initialization != LoRAInitialization.Random;

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        base.Check(layer);
        if (!Enum.IsDefined(Initialization))
            throw new ArgumentException($"LoRA: there is no initialization {Initialization}.");
        if (!(LearningRateRatio > 0 && IsFactor(LearningRateRatio)))
            throw new ArgumentException(FormattableString.Invariant(
                $"LoRA: the learning rate ratio is {LearningRateRatio}; choose a number above 0 and at most 1e30."));
        if (Rho is not (>= 1 and <= 1e6))
            throw new ArgumentException(FormattableString.Invariant($"LoRA: {nameof(Rho)} is {Rho}; choose a number from 1 to 1e6."));
        if (Tau is not (> 0 and <= 1))
            throw new ArgumentException(FormattableString.Invariant(
                $"LoRA: {nameof(Tau)} is {Tau}; choose a number above 0 and at most 1."));
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
    {
        long[] a = [RankFor(layer), layer.InputSize], b = [layer.OutputSize, RankFor(layer)];
        IEnumerable<(string, long[])> bias = OutputBias ? [("lora_B.bias", [layer.OutputSize])] : [];
        IEnumerable<(string, long[])> start = ChangesBase ? [(Start + "_A", a), (Start + "_B", b)] : [];
        return [("lora_A.weight", a), ("lora_B.weight", b), .. bias, .. start];
    }

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, RankFor(layer), ScaleFor(layer), generator);

    /// <inheritdoc/>
    protected internal override DataPass? CreateDataPass(PackedEncoder encoder)
        => Initialization == LoRAInitialization.Eva ? new EvaPass(this, CheckedTargets(encoder).Select(l => (l, RankFor(l)))) : null;

    /// <summary>
    /// The method with these ranks in tables by whole names, each alpha multiplied as its rank was, without the layers of rank 0. The same
    /// object when no rank is another one.
    /// </summary>
    internal LoRAMethod WithRanks(IReadOnlyList<(AdaptableLinear Layer, int Rank)> before, IReadOnlyDictionary<AdaptableLinear, int> ranks)
    {
        if (before.All(t => ranks[t.Layer] == t.Rank))
            return this;
        (AdaptableLinear Layer, int Rank)[] left = [.. before.Where(t => ranks[t.Layer] > 0)];
        return this with
        {
            TargetModules = left.Length == before.Count ? TargetModules : [.. left.Select(t => t.Layer.Name)],
            RankPattern = left.Where(t => ranks[t.Layer] != Rank).ToDictionary(t => t.Layer.Name, t => ranks[t.Layer]),
            AlphaPattern = left.Select(t => (t.Layer.Name, Alpha: AlphaFor(t.Layer) * ranks[t.Layer] / t.Rank)).Where(a => a.Alpha != Alpha)
                .ToDictionary(a => a.Name, a => a.Alpha),
        };
    }

    private sealed class Adapter : LowRankAdapter
    {
        private readonly double _scale;
        private readonly ModelParameter _a;
        private readonly ModelParameter _b;
        private readonly ModelParameter? _bias;
        private readonly ModelParameter? _frozenA;
        private readonly ModelParameter? _frozenB;

        public Adapter(AdaptableLinear layer, LoRAMethod method, int rank, double scale, Generator generator)
            : base(layer, method.Dropout)
        {
            _scale = scale;
            (Tensor a, Tensor b) = method.Initialization switch
            {
                LoRAInitialization.PiSSA => Principal(layer.Weight.Value, rank, scale),
                LoRAInitialization.OLoRA => Orthonormal(layer.Weight.Value, rank),
                var random => Random(layer, random, rank, generator),
            };
            _a = Parameter("lora_A.weight", a);
            _b = Parameter("lora_B.weight", b, learningRateFactor: method.LearningRateRatio);
            if (method.OutputBias)
                _bias = Parameter("lora_B.bias", zeros(layer.OutputSize), ParameterKind.Bias, learningRateFactor: method.LearningRateRatio);
            if (!method.ChangesBase)
                return;
            _frozenA = Buffer(method.Start + "_A", a.clone());
            _frozenB = Buffer(method.Start + "_B", b.clone());
        }

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
            => base.Forward(input, _bias is null ? baseOutput : baseOutput.Plus(_bias.Value.Times(_scale)), context);

        public override (Tensor Down, Tensor Up) Change()
        {
            (Tensor Down, Tensor Up) product = (_a.Value, _b.Value.Times(_scale));
            return _frozenA is null || _frozenB is null ? product : Difference(product, (_frozenA.Value, _frozenB.Value.Times(_scale)));
        }

        protected override Tensor? MergeBias(Tensor bias) => _bias is null ? null : bias.Plus(_bias.Value.Times(_scale));

        private static (Tensor A, Tensor B) Random(AdaptableLinear layer, LoRAInitialization initialization, int rank, Generator generator)
        {
            long[] shape = [rank, layer.InputSize];
            Tensor a = initialization == LoRAInitialization.Gaussian
                ? empty(shape).normal_(0, 1.0 / rank, generator)
                : Kaiming(shape, generator);
            Tensor b = initialization == LoRAInitialization.Random
                ? Kaiming([layer.OutputSize, rank], generator)
                : zeros(layer.OutputSize, rank);
            return (a, b);
        }

        // scale B A is the best approximation of W of that rank, each singular value shared evenly between B and A.
        private static (Tensor A, Tensor B) Principal(Tensor weight, int rank, double scale)
        {
            (Tensor u, Tensor s, Tensor vh) = linalg.svd(weight, fullMatrices: false);
            Tensor root = s.narrow(0, 0, rank).DividedBy(scale).sqrt();
            return ((vh.narrow(0, 0, rank) * root.unsqueeze(1)).contiguous(), (u.narrow(1, 0, rank) * root).contiguous());
        }

        private static (Tensor A, Tensor B) Orthonormal(Tensor weight, int rank)
        {
            (Tensor q, Tensor r) = linalg.qr(weight);
            return (r.narrow(0, 0, rank).contiguous(), q.narrow(1, 0, rank).contiguous());
        }
    }
}

/// <summary>How a LoRA adapter starts.</summary>
public enum LoRAInitialization
{
    /// <summary>A uniform within +-1 / sqrt(in), B = 0 (PEFT: <c>init_lora_weights=True</c>).</summary>
    Kaiming,

    /// <summary>A normal with deviation 1 / r, B = 0 (PEFT: <c>"gaussian"</c>).</summary>
    Gaussian,

    /// <summary>A and B both random: the start is not the pretrained model (PEFT: <c>False</c>; for tests).</summary>
    Random,

    /// <summary>
    /// A and B from the r largest singular values of the pretrained W, their product subtracted again so that the start is W (PiSSA,
    /// Meng, Wang, Zhang 2024, section 3). Not random. It costs one singular value decomposition per module.
    /// </summary>
    PiSSA,

    /// <summary>
    /// B and A from the first r columns of Q and rows of R of the pretrained W = QR, their product subtracted again so that the start
    /// is W (OLoRA, Büyükakyüz 2024; PEFT: <c>"olora"</c>). Not random. It costs one QR decomposition per module.
    /// </summary>
    OLoRA,

    /// <summary>
    /// A from the directions in which the layer's inputs vary most, found in training batches before training begins, B = 0; ranks move to
    /// the layers whose directions explain most, at the same sum of ranks (EVA, Paischer, Hauzenberger, Schmied et al. 2024, section 3;
    /// PEFT: <c>"eva"</c>). See <see cref="LoRAMethod.Rho"/>, <see cref="LoRAMethod.Tau"/>. Without training rows it starts as
    /// <see cref="Kaiming"/>.
    /// </summary>
    Eva,
}
