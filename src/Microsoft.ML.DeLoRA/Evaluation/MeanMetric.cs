namespace Microsoft.ML.DeLoRA;

/// <summary>
/// The mean of several metrics, such as GLUE's figure for MRPC and QQP (accuracy and F1) or STS-B (Pearson and Spearman).
/// </summary>
public sealed class MeanMetric : IMetric
{
    private readonly IMetric[] _metrics;

    /// <summary>Takes the metrics.</summary>
    /// <param name="metrics">At least one; for all of them a larger figure is better, or for all a smaller one.</param>
    /// <exception cref="ArgumentException">None, or of both kinds.</exception>
    public MeanMetric(params IMetric[] metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (metrics.Length == 0 || metrics.Any(m => m.HigherIsBetter != metrics[0].HigherIsBetter))
            throw new ArgumentException("Give at least one metric, and only such as agree on whether a larger figure is better.",
                nameof(metrics));
        _metrics = [.. metrics];
    }

    /// <inheritdoc/>
    public string Name => $"mean of {string.Join(" and ", _metrics.Select(m => m.Name))}";

    /// <inheritdoc/>
    public bool HigherIsBetter => _metrics[0].HigherIsBetter;

    /// <inheritdoc/>
    public double Compute(Predictions predictions) => _metrics.Average(m => m.Compute(predictions));

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount)
        => _metrics.Select(m => m.Misfit(task, outputCount)).FirstOrDefault(m => m is not null);
}
