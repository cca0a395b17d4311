using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// VeRA (Kopiczko, Blankevoort, Asano: Vector-based Random Matrix Adaptation, ICLR 2024, equation 2): W + diag(b) B diag(d) A, where
/// A [r, in] and B [out, r] are random, frozen and shared by all layers (a layer takes the columns of A and rows of B that it needs)
/// and the vectors d [r] and b [out] train. Trains r + out numbers per module and merges exactly. Defaults are PEFT's, which follow
/// the paper: rank 256, d = 0.1, b = 0.
/// </summary>
public sealed record VeRAMethod : LinearAdapterMethod
{
    private const string SharedA = "base_model.vera_A";
    private const string SharedB = "base_model.vera_B";

    // 256 MB; they need not be in a file that says how large they are.
    private const long LargestProjection = 1 << 26;

    /// <inheritdoc/>
    public override string Name => "VeRA";

    /// <summary>r: the length of d; it may be larger than the layers are wide. Default 256.</summary>
    public int Rank { get; init; } = 256;

    /// <summary>
    /// Seed of A and B (PEFT: <c>projection_prng_key</c>); default 0. They do not depend on the seed of the training run. The numbers
    /// are those that PEFT draws from the same seed, as long as PyTorch's generator stays as it is.
    /// </summary>
    public long ProjectionSeed { get; init; }

    /// <summary>What every element of d starts as, not 0; default 0.1.</summary>
    public double InitialD { get; init; } = 0.1;

    /// <summary>True (default) saves A and B with the adapter; false draws them again from <see cref="ProjectionSeed"/>.</summary>
    public bool SaveProjection { get; init; } = true;

    /// <summary>Probability of dropping an element of the adapter's input while training, at least 0 and below 1; default 0.</summary>
    public double Dropout { get; init; }

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        if (Rank < 1)
            throw new ArgumentException($"VeRA: rank {Rank} is not possible; choose 1 or more.");
        long most = LargestProjection / Math.Max(layer.InputSize, layer.OutputSize);
        if (Rank > most)
            throw new ArgumentException(
                $"VeRA: rank {Rank} needs projections of more than {LargestProjection:N0} numbers for module '{layer.Name}' of shape "
                + $"{layer.Shape}; choose a rank from 1 to {most}.");
        if (!IsFactor(InitialD) || InitialD == 0)
            throw new ArgumentException(FormattableString.Invariant(
                $"VeRA: d starts as {InitialD}; choose a number from -1e30 to 1e30 other than 0, with which nothing would train."));
        CheckDropout(Dropout);
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        => [("vera_lambda_d", [Rank]), ("vera_lambda_b", [layer.OutputSize])];

    /// <inheritdoc/>
    protected override IEnumerable<(string Name, long[] Shape)> SharedShapes(IReadOnlyList<AdaptableLinear> layers)
        => !SaveProjection ? [] :
        [
            (SharedA, [Rank, layers.Max(l => l.InputSize)]),
            (SharedB, [layers.Max(l => l.OutputSize), Rank]),
        ];

    /// <summary>Not possible: the adapters of all layers are made together, by <see cref="CreateAll"/>.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => throw new NotSupportedException("VeRA's adapters share their projections and can only be made for all layers at once.");

    /// <inheritdoc/>
    private protected override AdapterPlacement CreateAll(IReadOnlyList<AdaptableLinear> layers, Generator generator)
    {
        using var projections = new Generator(unchecked((ulong)ProjectionSeed), CPU);
        Tensor a = Kaiming([Rank, layers.Max(l => l.InputSize)], projections);
        Tensor b = Kaiming([layers.Max(l => l.OutputSize), Rank], projections);
        Device device = layers[0].Weight.Value.device;
        ModelParameter[] saved = SaveProjection ? [new(SharedA, a.to(device)), new(SharedB, b.to(device))] : [];
        (ModelParameter, ModelParameter)? shared = SaveProjection ? (saved[0], saved[1]) : null;
        var adapters = new List<LinearAdapter>();
        foreach (AdaptableLinear layer in layers)
        {
            var adapter = new Adapter(layer, this, shared, a, b);
            adapters.Add(adapter);
            // Projections that are not saved belong to the first adapter.
            shared ??= (adapter.A, adapter.B);
        }
        return new AdapterPlacement(adapters, []) { SharedBuffers = saved };
    }

    // kaiming_uniform_ with a = 0: uniform within +-sqrt(6 / columns).
    private static Tensor Kaiming(long[] shape, Generator generator)
    {
        double bound = Math.Sqrt(6.0 / shape[1]);
        return empty(shape).uniform_(-bound, bound, generator);
    }

    private sealed class Adapter : LowRankAdapter
    {
        private readonly double _dropout;
        private readonly ModelParameter _lambdaD;
        private readonly ModelParameter _lambdaB;

        public Adapter(AdaptableLinear layer, VeRAMethod method, (ModelParameter A, ModelParameter B)? shared, Tensor a, Tensor b)
            : base(layer, method.Dropout)
        {
            (A, B) = shared ?? (Derived("vera_A", a), Derived("vera_B", b));
            _dropout = method.Dropout;
            _lambdaD = Parameter("vera_lambda_d", TensorArithmetic.Filled(method.Rank, method.InitialD));
            _lambdaB = Parameter("vera_lambda_b", zeros(layer.OutputSize));
        }

        /// <summary>A [r, widest in], of which this layer takes the first columns.</summary>
        public ModelParameter A { get; }

        /// <summary>B [widest out, r], of which this layer takes the first rows.</summary>
        public ModelParameter B { get; }

        private Tensor Down => A.Value.narrow(1, 0, Layer.InputSize);

        private Tensor Up => B.Value.narrow(0, 0, Layer.OutputSize);

        // d and b scale the outputs, not the matrices: their gradient is a sum then instead of a product with every token.
        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            Tensor x = context.Dropout is { } dropout ? dropout.Apply(input, _dropout) : input;
            Tensor hidden = nn.functional.linear(x, Down) * _lambdaD.Value;
            return baseOutput.PlusProduct(nn.functional.linear(hidden, Up), _lambdaB.Value);
        }

        public override (Tensor Down, Tensor Up) Change() => (Down * _lambdaD.Value.unsqueeze(1), Up * _lambdaB.Value.unsqueeze(1));
    }
}
