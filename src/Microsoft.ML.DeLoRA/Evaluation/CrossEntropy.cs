using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>The mean negative logarithm of the probability that softmax gives to the right class.</summary>
public sealed class CrossEntropy : IMetric
{
    /// <inheritdoc/>
    public string Name => "cross-entropy";

    /// <inheritdoc/>
    public bool HigherIsBetter => false;

    /// <inheritdoc/>
    public double Compute(Predictions predictions)
    {
        double sum = 0;
        for (int row = 0; row < predictions.Count; row++)
        {
            ReadOnlySpan<float> logits = predictions.Outputs(row);
            double largest = double.NegativeInfinity;
            foreach (float logit in logits)
                largest = Math.Max(largest, logit);
            double total = 0;
            foreach (float logit in logits)
                total += Math.Exp(logit - largest);
            sum += Math.Log(total) + largest - logits[(int)predictions.Targets[row]];
        }
        return sum / predictions.Count;
    }

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Classes.Against(task);
}
