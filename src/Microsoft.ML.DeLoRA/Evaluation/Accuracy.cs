using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>The share of rows whose largest logit is that of the right class.</summary>
public sealed class Accuracy : IMetric
{
    /// <inheritdoc/>
    public string Name => "accuracy";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    public double Compute(Predictions predictions)
    {
        int right = 0;
        for (int row = 0; row < predictions.Count; row++)
        {
            if (predictions.PredictedClass(row) == predictions.TargetClass(row))
                right++;
        }
        return (double)right / predictions.Count;
    }

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Classes.Against(task);
}
