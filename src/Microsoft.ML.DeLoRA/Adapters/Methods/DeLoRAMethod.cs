using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// DeLoRA (Bini, Girrbach, Akata: Decoupling Angles and Strength in Low-rank Adaptation, ICLR 2025, section 3):
/// W + B diag(lambda / (r |a_i| |b_i|)) A diag(w), where a_i are the rows of A [r, in], b_i the columns of B [out, r] and w [in]
/// the norms of the columns of the pretrained W. The change is bounded by |lambda| max(w), however large A and B grow. Trains
/// r (in + out) + 1 numbers per module and merges exactly. Defaults are PEFT's: rank 8, lambda 15.
/// </summary>
public sealed record DeLoRAMethod : BoundedLowRankMethod
{
    /// <summary>Lambda starts as 15, as in PEFT; the paper's GLUE runs use 4 or 12.</summary>
    public DeLoRAMethod() => Lambda = 15;

    /// <inheritdoc/>
    public override string Name => "DeLoRA";

    /// <summary>How the adapter starts as no change; default <see cref="DeLoRAInitialization.FrozenCopy"/>, the paper's.</summary>
    public DeLoRAInitialization Initialization { get; init; }

    /// <summary>What the change is measured by; default <see cref="DeLoRAWeightScaling.ColumnNorms"/>.</summary>
    public DeLoRAWeightScaling WeightScaling { get; init; }

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        base.Check(layer);
        if (!Enum.IsDefined(Initialization))
            throw new ArgumentException($"DeLoRA: there is no initialization {Initialization}.");
        if (!Enum.IsDefined(WeightScaling))
            throw new ArgumentException($"DeLoRA: there is no weight scaling {WeightScaling}.");
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
    {
        long[] a = [RankFor(layer), layer.InputSize], b = [layer.OutputSize, RankFor(layer)];
        if (Initialization == DeLoRAInitialization.FrozenCopy)
            return [("delora_A.weight", a), ("delora_B.weight", b), ("frozen_C", a), ("frozen_D", b), ("delora_lambda", [1])];
        IEnumerable<(string, long[])> weightNorm =
            WeightScaling == DeLoRAWeightScaling.ColumnNorms ? [("delora_w_norm", [layer.InputSize])] : [];
        return [("delora_A", a), ("delora_B", b), ("delora_lambda", [1]), .. weightNorm];
    }

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, RankFor(layer), LambdaFor(layer), generator);

    private sealed class Adapter : LowRankAdapter
    {
        private readonly double _minimumNorm;
        private readonly ModelParameter _a;
        private readonly ModelParameter _b;
        private readonly ModelParameter _lambda;
        private readonly ModelParameter? _weightNorm;
        private readonly ModelParameter? _frozenA;
        private readonly ModelParameter? _frozenB;

        // Names as in PEFT's checkpoints for ZeroB, as in the authors' for FrozenCopy (A and B are linear layers there; w is not saved).
        public Adapter(AdaptableLinear layer, DeLoRAMethod method, int rank, double lambda, Generator generator)
            : base(layer, method.Dropout)
        {
            Tensor a = Kaiming([rank, layer.InputSize], generator);
            Tensor b = Kaiming([layer.OutputSize, rank], generator);
            Tensor? weightNorm = method.WeightScaling == DeLoRAWeightScaling.ColumnNorms ? layer.Weight.Value.norm(0) : null;
            if (method.Initialization == DeLoRAInitialization.ZeroB)
            {
                _minimumNorm = 1e-4;
                _a = Parameter("delora_A", a);
                _b = Parameter("delora_B", b.SetToZero());
                _weightNorm = weightNorm is null ? null : Buffer("delora_w_norm", weightNorm);
            }
            else
            {
                _a = Parameter("delora_A.weight", a);
                _b = Parameter("delora_B.weight", b);
                _frozenA = Buffer("frozen_C", a.clone());
                _frozenB = Buffer("frozen_D", b.clone());
                _weightNorm = weightNorm is null ? null : Derived("w_norm", weightNorm);
            }
            _lambda = Parameter("delora_lambda", TensorArithmetic.Filled(1, lambda), ParameterKind.Strength);
        }

        // Each of the r terms has norm |lambda| / r times a column's scale at most; BA - DC is two such sums.
        public override double? ChangeBound()
        {
            using IDisposable noGrad = no_grad();
            using var scope = NewDisposeScope();
            double scale = _weightNorm is null ? 1 : _weightNorm.Value.max().Number();
            return (_frozenA is null ? 1 : 2) * Math.Abs(_lambda.Value.Number()) * scale;
        }

        public override (Tensor Down, Tensor Up) Change()
        {
            (Tensor Down, Tensor Up) product = Factors(_a.Value, _b.Value);
            return _frozenA is null || _frozenB is null ? product : Difference(product, Factors(_frozenA.Value, _frozenB.Value));
        }

        // A diag(w) and B diag(lambda / (r |a_i| |b_i|)): w goes into the small matrix, so that x is never scaled.
        private (Tensor Down, Tensor Up) Factors(Tensor a, Tensor b)
        {
            Tensor norms = Norm(a, 1) * Norm(b, 0);
            return (_weightNorm is null ? a : a * _weightNorm.Value, b * (_lambda.Value.DividedBy(a.shape[0]) / norms));
        }

        private Tensor Norm(Tensor matrix, int dimension)
        {
            Tensor norm = matrix.norm(dimension);
            return _minimumNorm > 0 ? norm.AtLeast(_minimumNorm) : norm;
        }
    }
}

/// <summary>How a DeLoRA adapter starts as no change at all.</summary>
public enum DeLoRAInitialization
{
    /// <summary>
    /// A and B random; the same expression of frozen copies C and D is subtracted (paper, equation 9, as the authors' code
    /// computes it: scaled by the current lambda).
    /// </summary>
    FrozenCopy,

    /// <summary>
    /// A random, B = 0, norms held at 1e-4 or more (PEFT). Its first non-zero step jumps to a relative norm of about
    /// lambda / sqrt(rank * in), whatever the learning rate.
    /// </summary>
    ZeroB,
}

/// <summary>What DeLoRA's bound is relative to: the last step of the paper's ladder from LoRA (table 1).</summary>
public enum DeLoRAWeightScaling
{
    /// <summary>
    /// Each input column of the change is scaled by the norm of the pretrained weight's column, as in the authors' code and PEFT.
    /// </summary>
    ColumnNorms,

    /// <summary>Not scaled: normalised BA with a controllable boundary only; |dW| is at most |lambda|.</summary>
    None,
}
