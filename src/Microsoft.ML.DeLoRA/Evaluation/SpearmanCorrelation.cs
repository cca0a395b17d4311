using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Spearman's correlation of outputs and values: that of their ranks, equal numbers sharing the mean of their ranks, as scipy's spearmanr.
/// From -1 to 1; NaN when all outputs or all values are equal, and for a single row. Regression.
/// </summary>
public sealed class SpearmanCorrelation : IMetric
{
    /// <inheritdoc/>
    public string Name => "Spearman";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The rows have several outputs.</exception>
    public double Compute(Predictions predictions)
        => Correlation.Of(Ranks(predictions.Values), Ranks(predictions.Targets));

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Numbers.Against(task);

    // From 1.
    private static double[] Ranks(ReadOnlySpan<float> values)
    {
        float[] sorted = values.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        var ranks = new double[order.Length];
        for (int first = 0, next; first < order.Length; first = next)
        {
            for (next = first + 1; next < order.Length && sorted[next] == sorted[first]; next++)
            {
            }
            for (int i = first; i < next; i++)
                ranks[order[i]] = (first + 1 + next) / 2.0;
        }
        return ranks;
    }
}
