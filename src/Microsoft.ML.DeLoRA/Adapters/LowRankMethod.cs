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
        if (rank < 1 || rank > limit)
            throw new ArgumentException(
                $"{Name}: rank {rank} does not fit module '{layer.Name}' of shape [{layer.OutputSize}, {layer.InputSize}]; choose a rank from 1 to {limit}.");
        CheckDropout(Dropout);
    }

    /// <summary>kaiming_uniform_ with a = sqrt(5), as PEFT and the authors draw A: uniform within +-1 / sqrt(columns).</summary>
    protected internal static Tensor Kaiming(long[] shape, Generator generator)
    {
        double bound = 1 / Math.Sqrt(shape[1]);
        return empty(shape).uniform_(-bound, bound, generator);
    }
}
