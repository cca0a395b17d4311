using System.Collections.Frozen;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>The options of the methods whose change is a product of two narrow matrices, B [out, r] and A [r, in].</summary>
public abstract record LowRankMethod : LinearAdapterMethod
{
    /// <summary>r: how many directions each matrix gets; default 8, as in the paper's GLUE runs and PEFT.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>Other ranks for some layers, by <see cref="ModulePattern"/>; the first that matches counts.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>Probability of dropping an element of the adapter's input while training, at least 0 and below 1; default 0.</summary>
    public double Dropout { get; init; }

    /// <summary>The least rank that a layer may have: 1, but for methods that find out where none is needed.</summary>
    private protected virtual int LeastRank => 1;

    /// <summary>The rank of a layer's adapter.</summary>
    protected int RankFor(AdaptableLinear layer) => ForLayer(layer, RankPattern, Rank);

    /// <inheritdoc/>
    protected override void CheckPatterns(IEnumerable<AdaptableLinear> linears, IReadOnlyList<AdaptableLinear> targets)
        => RequireNaming(nameof(RankPattern), RankPattern.Keys, targets);

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        int rank = RankFor(layer);
        long limit = Math.Min(layer.InputSize, layer.OutputSize);
        if (rank < LeastRank || rank > limit)
            throw new ArgumentException(
                $"{Name}: rank {rank} does not fit module '{layer.Name}' of shape {layer.Shape}; choose a "
                    + $"rank from {LeastRank} to {limit}.");
        CheckDropout(Dropout);
    }

    /// <summary>kaiming_uniform_ with a = sqrt(5), as PEFT and the authors draw A: uniform within +-1 / sqrt(columns).</summary>
    protected internal static Tensor Kaiming(long[] shape, Generator generator)
    {
        double bound = 1 / Math.Sqrt(shape[1]);
        return empty(shape).uniform_(-bound, bound, generator);
    }
}

/// <summary>The options of the methods that scale the product BA by alpha / r: LoRA and what is built on it.</summary>
public abstract record ScaledLowRankMethod : LowRankMethod
{
    /// <summary>
    /// The product BA is scaled by this, divided by the rank; above 0, at most 1e30. Default 8, as in PEFT (<c>lora_alpha</c>).
    /// </summary>
    public double Alpha { get; init; } = 8;

    /// <summary>True divides alpha by the root of the rank instead (rsLoRA, Kalajdzievski 2023, theorem 3.2); default false.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Other alphas for some layers, by <see cref="ModulePattern"/>; the first that matches counts.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = FrozenDictionary<string, double>.Empty;

    /// <inheritdoc/>
    protected override void CheckPatterns(IEnumerable<AdaptableLinear> linears, IReadOnlyList<AdaptableLinear> targets)
    {
        base.CheckPatterns(linears, targets);
        RequireNaming(nameof(AlphaPattern), AlphaPattern.Keys, targets);
    }

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        base.Check(layer);
        double alpha = AlphaFor(layer);
        if (!(alpha > 0 && IsFactor(alpha)))
            throw new ArgumentException(FormattableString.Invariant(
                $"{Name}: alpha is {alpha} for module '{layer.Name}'; choose a number above 0 and at most 1e30."));
    }

    /// <summary>The alpha of a layer's adapter.</summary>
    private protected double AlphaFor(AdaptableLinear layer) => ForLayer(layer, AlphaPattern, Alpha);

    /// <summary>What BA is multiplied by on that layer.</summary>
    protected double ScaleFor(AdaptableLinear layer)
    {
        int rank = RankFor(layer);
        return AlphaFor(layer) / (RankStabilized ? Math.Sqrt(rank) : rank);
    }
}

/// <summary>The options of the methods whose low-rank change has a trained strength, which bounds it: DeLoRA and its relatives.</summary>
public abstract record BoundedLowRankMethod : LowRankMethod
{
    /// <summary>
    /// Initial lambda, from -1e30 to 1e30: the strength that the bound of the change is proportional to; one trained number for each layer.
    /// </summary>
    public double Lambda { get; init; }

    /// <summary>Other lambdas for some layers, by <see cref="ModulePattern"/>; the first that matches counts.</summary>
    public IReadOnlyDictionary<string, double> LambdaPattern { get; init; } = FrozenDictionary<string, double>.Empty;

    /// <summary>The initial lambda of a layer's adapter.</summary>
    protected double LambdaFor(AdaptableLinear layer) => ForLayer(layer, LambdaPattern, Lambda);

    /// <inheritdoc/>
    protected override void CheckPatterns(IEnumerable<AdaptableLinear> linears, IReadOnlyList<AdaptableLinear> targets)
    {
        base.CheckPatterns(linears, targets);
        RequireNaming(nameof(LambdaPattern), LambdaPattern.Keys, targets);
    }

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        base.Check(layer);
        double lambda = LambdaFor(layer);
        if (!IsFactor(lambda))
            throw new ArgumentException(FormattableString.Invariant(
                $"{Name}: lambda is {lambda} for module '{layer.Name}'; choose a number from -1e30 to 1e30."));
    }
}

/// <summary>An adapter whose change of W is a product of two narrow matrices: y = x (W + Up Down)^T + b. It merges exactly.</summary>
/// <param name="layer">The layer that it is for.</param>
/// <param name="dropoutProbability">Probability of dropping an element of the x that goes through Down, while training.</param>
public abstract class LowRankAdapter(AdaptableLinear layer, double dropoutProbability) : LinearAdapter(layer)
{
    /// <summary>
    /// The change of W as Up [out, k] times Down [k, in], every factor included: a LoRA of rank k and scale 1. k is the method's rank
    /// or, where the start is subtracted, twice that. Part of the gradient's graph unless gradients are off; the caller owns both.
    /// </summary>
    public abstract (Tensor Down, Tensor Up) Change();

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
    {
        (Tensor down, Tensor up) = Change();
        Tensor x = context.Dropout is { } dropout ? dropout.Apply(input, dropoutProbability) : input;
        return baseOutput.addmm(nn.functional.linear(x, down), up.t());
    }

    /// <inheritdoc/>
    protected override Tensor Merge(Tensor weight)
    {
        (Tensor down, Tensor up) = Change();
        return weight.addmm(up, down);
    }

    /// <summary>
    /// The difference of two products of rank r as one of rank 2r: BA - DC = B(A - C) + (B - D)C. While both are equal it is exactly
    /// zero, and so is the gradient of a common factor, which Adam would blow up otherwise.
    /// </summary>
    protected static (Tensor Down, Tensor Up) Difference((Tensor Down, Tensor Up) product, (Tensor Down, Tensor Up) subtracted)
        => (cat([product.Down - subtracted.Down, subtracted.Down], 0), cat([product.Up, product.Up - subtracted.Up], 1));
}
