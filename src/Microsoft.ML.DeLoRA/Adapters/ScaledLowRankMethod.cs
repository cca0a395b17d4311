using System.Collections.Frozen;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters;

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
        double alpha = ForLayer(layer, AlphaPattern, Alpha);
        if (!(alpha > 0 && IsFactor(alpha)))
            throw new ArgumentException(FormattableString.Invariant(
                $"{Name}: alpha is {alpha} for module '{layer.Name}'; choose a number above 0 and at most 1e30."));
    }

    /// <summary>What BA is multiplied by on that layer.</summary>
    protected double ScaleFor(AdaptableLinear layer)
    {
        int rank = RankFor(layer);
        return ForLayer(layer, AlphaPattern, Alpha) / (RankStabilized ? Math.Sqrt(rank) : rank);
    }
}
