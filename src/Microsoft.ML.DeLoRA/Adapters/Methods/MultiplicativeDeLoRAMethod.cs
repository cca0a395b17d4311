using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// The multiplicative relatives of DeLoRA, steps of its paper's ablation from one-sided ETHER+ (ICLR 2025, section 3.3 and table 2):
/// W + (lambda / r) (B diag(1 / (|b_i| |a_i|)) A - D diag(1 / (|d_i| |c_i|)) C) W, with rows a_i, c_i of A, C [r, out] and columns b_i,
/// d_i of B, D [out, r], or the same with B = A^T and D = C^T (the paper's U and V). It starts with C = A and D = B, so as no change.
/// The change is bounded by 2 |lambda| |W|, in Frobenius norms, however large the matrices grow. The bias is not changed. Trains
/// 4 r out + 1 numbers per module, 2 r out + 1 in the symmetric form, and merges exactly.
/// </summary>
public sealed record MultiplicativeDeLoRAMethod : BoundedLowRankMethod
{
    /// <summary>Lambda starts as 1, the boundary of ETHER+; the change is at most twice that, relative to W.</summary>
    public MultiplicativeDeLoRAMethod() => Lambda = 1;

    /// <inheritdoc/>
    public override string Name => "MultiplicativeDeLoRA";

    /// <summary>Which step of the ladder; default <see cref="MultiplicativeForm.Symmetric"/>.</summary>
    public MultiplicativeForm Form { get; init; }

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        base.Check(layer);
        if (!Enum.IsDefined(Form))
            throw new ArgumentException($"{Name}: there is no form {Form}.");
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
    {
        long[] a = [RankFor(layer), layer.OutputSize], b = [layer.OutputSize, RankFor(layer)];
        IEnumerable<(string, long[])> otherSide = Form == MultiplicativeForm.Relaxed ? [("delora_B", b), ("delora_D", b)] : [];
        return [("delora_A", a), ("delora_C", a), .. otherSide, ("delora_lambda", [1])];
    }

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, RankFor(layer), LambdaFor(layer), generator);

    private sealed class Adapter : LowRankAdapter
    {
        private readonly ModelParameter _a;
        private readonly ModelParameter? _b;
        private readonly ModelParameter _c;
        private readonly ModelParameter? _d;
        private readonly ModelParameter _lambda;

        public Adapter(AdaptableLinear layer, MultiplicativeDeLoRAMethod method, int rank, double lambda, Generator generator)
            : base(layer, method.Dropout)
        {
            Tensor a = Kaiming([rank, layer.OutputSize], generator);
            _a = Parameter("delora_A", a);
            _c = Parameter("delora_C", a.clone());
            if (method.Form == MultiplicativeForm.Relaxed)
            {
                Tensor b = Kaiming([layer.OutputSize, rank], generator);
                _b = Parameter("delora_B", b);
                _d = Parameter("delora_D", b.clone());
            }
            _lambda = Parameter("delora_lambda", TensorArithmetic.Filled(1, lambda), ParameterKind.Strength);
        }

        // W goes into the small matrix: (Up Down) W = Up (Down W).
        public override (Tensor Down, Tensor Up) Change()
        {
            (Tensor down, Tensor up) = Difference(Factors(_a.Value, _b?.Value), Factors(_c.Value, _d?.Value));
            return (down.mm(Layer.Weight.Value), up);
        }

        // Each of the 2r projections of W has norm |lambda| / r |W| at most.
        public override double? ChangeBound()
        {
            using IDisposable noGrad = no_grad();
            using var scope = NewDisposeScope();
            return 2 * Math.Abs(_lambda.Value.Number()) * Layer.Weight.Value.norm().Number();
        }

        private (Tensor Down, Tensor Up) Factors(Tensor a, Tensor? otherSide)
        {
            Tensor b = otherSide ?? a.t();
            return (a, b * (_lambda.Value.DividedBy(a.shape[0]) / (a.norm(1) * b.norm(0))));
        }
    }
}

/// <summary>The two multiplicative steps on the ladder from ETHER+ to DeLoRA (paper, table 2).</summary>
public enum MultiplicativeForm
{
    /// <summary>Two sums of projections: W + (lambda / r) (U S U^T - V T V^T) W. With rank 1: W + lambda (u u^T - v v^T) W.</summary>
    Symmetric,

    /// <summary>The two sides of each projection train apart: W + (lambda / r) (B X A - D P C) W.</summary>
    Relaxed,
}
