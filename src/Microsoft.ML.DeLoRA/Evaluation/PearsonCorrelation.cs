using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Pearson's correlation of outputs and values, computed in double precision, as scipy's pearsonr: from -1 to 1, and NaN when all outputs
/// or all values are equal. Regression.
/// </summary>
public sealed class PearsonCorrelation : IMetric
{
    /// <inheritdoc/>
    public string Name => "Pearson";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Fewer than two rows, or several outputs each.</exception>
    public double Compute(Predictions predictions)
    {
        if (predictions.Count < 2)
            throw new ArgumentException("A correlation needs at least two rows; there is one.", nameof(predictions));
        return Correlation.Of(Doubles(predictions.Values), Doubles(predictions.Targets));
    }

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Numbers.Against(task);

    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        var result = new double[values.Length];
        for (int row = 0; row < result.Length; row++)
            result[row] = values[row];
        return result;
    }
}
