using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>The mean of the squared differences of output and target: regression.</summary>
public sealed class MeanSquaredError : IMetric
{
    /// <inheritdoc/>
    public string Name => "mean squared error";

    /// <inheritdoc/>
    public bool HigherIsBetter => false;

    /// <inheritdoc/>
    public double Compute(Predictions predictions)
    {
        double sum = 0;
        for (int row = 0; row < predictions.Count; row++)
        {
            double difference = (double)predictions.Outputs(row)[0] - predictions.Targets[row];
            sum += difference * difference;
        }
        return sum / predictions.Count;
    }

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Numbers.Against(task);
}
