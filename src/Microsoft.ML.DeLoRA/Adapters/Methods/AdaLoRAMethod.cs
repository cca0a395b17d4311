using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Algebra;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// AdaLoRA (Zhang et al.: Adaptive Budget Allocation for Parameter-Efficient Fine-Tuning, ICLR 2023, sections 3.1 and 3.2):
/// W + (alpha / r) B diag(E) A, with A [r, in], B [out, r], E [r, 1]. Every layer starts with r directions; while it trains, those that
/// matter least in the whole model are switched off (their E is set to 0), until <see cref="TargetRank"/> a layer are left on average.
/// Trains r (in + out + 1) numbers per module and merges exactly. Defaults are PEFT's: from rank 12 to 8, alpha 8.
/// </summary>
public sealed record AdaLoRAMethod : LowRankMethod
{
    /// <summary>Starts at PEFT's rank, 12.</summary>
    public AdaLoRAMethod() => Rank = 12;

    /// <inheritdoc/>
    public override string Name => "AdaLoRA";

    /// <summary>
    /// The average rank that is left at the end, from 1 to <see cref="LowRankMethod.Rank"/>; default 8 (PEFT: <c>target_r</c>).
    /// </summary>
    public int TargetRank { get; init; } = 8;

    /// <summary>
    /// The change is scaled by this, divided by <see cref="LowRankMethod.Rank"/>, however many directions are left; above 0, at most 1e30.
    /// Default 8 (PEFT: <c>lora_alpha</c>).
    /// </summary>
    public double Alpha { get; init; } = 8;

    /// <summary>
    /// Steps at the start in which every direction trains (PEFT: <c>tinit</c>); null (default): 15 % of the run, about as in the paper's
    /// GLUE runs.
    /// </summary>
    public int? InitialSteps { get; init; }

    /// <summary>
    /// Steps at the end in which the directions that are left train on and no others are chosen (PEFT: <c>tfinal</c>); null (default): half
    /// of the run, about as in the paper's GLUE runs.
    /// </summary>
    public int? FinalSteps { get; init; }

    /// <summary>In between, directions are chosen anew every so many steps; default 1 (PEFT: <c>deltaT</c>).</summary>
    public int AllocationInterval { get; init; } = 1;

    /// <summary>How much of a number's smoothed sensitivity |w g| stays in a step, above 0 and below 1; default 0.85 (PEFT:
    /// <c>beta1</c>).</summary>
    public double SensitivityDecay { get; init; } = 0.85;

    /// <summary>
    /// The same of its uncertainty, the smoothed distance of the sensitivity from its mean; default 0.85 (PEFT: <c>beta2</c>).
    /// </summary>
    public double UncertaintyDecay { get; init; } = 0.85;

    /// <summary>
    /// Weight in the loss of the mean of |A A^T - I| and |B^T B - I| over all matrices, which keeps directions apart; at least 0, at most
    /// 1e30. Default 0.5 (PEFT: <c>orth_reg_weight</c>; the paper: 0.1 to 0.5).
    /// </summary>
    public double OrthogonalityWeight { get; init; } = 0.5;

    // What is left of a layer may be nothing.
    private protected override int LeastRank => 0;

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        base.Check(layer);
        Require(TargetRank >= 1 && TargetRank <= Rank, nameof(TargetRank), TargetRank, $"a rank from 1 to {nameof(Rank)}, {Rank}");
        Require(Alpha > 0 && IsFactor(Alpha), nameof(Alpha), Alpha, "a number above 0 and at most 1e30");
        Require(InitialSteps is null or >= 0, nameof(InitialSteps), InitialSteps, "null or at least 0");
        Require(FinalSteps is null or >= 0, nameof(FinalSteps), FinalSteps, "null or at least 0");
        Require(AllocationInterval >= 1, nameof(AllocationInterval), AllocationInterval, "at least 1");
        Require(SensitivityDecay is > 0 and < 1, nameof(SensitivityDecay), SensitivityDecay, "a number above 0 and below 1");
        Require(UncertaintyDecay is > 0 and < 1, nameof(UncertaintyDecay), UncertaintyDecay, "a number above 0 and below 1");
        Require(OrthogonalityWeight >= 0 && IsFactor(OrthogonalityWeight), nameof(OrthogonalityWeight), OrthogonalityWeight,
            "a number from 0 to 1e30");
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        => [("lora_A", [RankFor(layer), layer.InputSize]), ("lora_B", [layer.OutputSize, RankFor(layer)]), ("lora_E", [RankFor(layer), 1])];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, RankFor(layer), generator);

    /// <inheritdoc/>
    protected internal override StepCallbacks CreateCallbacks(AdapterSet adapters, int totalSteps)
        => new RankAllocation([.. adapters.Adapters.Cast<Adapter>().Select(a => new RankAllocation.Triplet(a.A, a.B, a.E))], this,
            totalSteps);

    private void Require(bool fine, string option, object? found, string allowed)
    {
        if (!fine)
            throw new ArgumentException(FormattableString.Invariant($"{Name}: {option} is {found}; choose {allowed}."));
    }

    private sealed class Adapter : LowRankAdapter
    {
        // What PEFT adds to the rank that it divides by.
        private const double Epsilon = 1e-5;

        private readonly double _scale;

        public Adapter(AdaptableLinear layer, AdaLoRAMethod method, int rank, Generator generator)
            : base(layer, method.Dropout)
        {
            _scale = method.Alpha / (method.Rank + Epsilon);
            A = Parameter("lora_A", Normal([rank, layer.InputSize]));
            B = Parameter("lora_B", Normal([layer.OutputSize, rank]));
            E = Parameter("lora_E", zeros(rank, 1));

            Tensor Normal(long[] shape) => empty(shape).normal_(0, 0.02, generator);
        }

        public ModelParameter A { get; }

        public ModelParameter B { get; }

        public ModelParameter E { get; }

        public override (Tensor Down, Tensor Up) Change() => (A.Value * E.Value, B.Value.Times(_scale));
    }
}
