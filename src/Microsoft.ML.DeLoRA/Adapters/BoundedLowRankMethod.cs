using System.Collections.Frozen;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters;

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
