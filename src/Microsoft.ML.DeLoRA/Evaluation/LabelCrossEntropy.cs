using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Multi-label: the mean, over rows and labels, of the negative logarithm of the probability that the label's sigmoid gives to what is
/// right.
/// </summary>
public sealed class LabelCrossEntropy : IMetric
{
    /// <inheritdoc/>
    public string Name => "label cross-entropy";

    /// <inheritdoc/>
    public bool HigherIsBetter => false;

    /// <inheritdoc/>
    public double Compute(Predictions predictions)
    {
        double sum = 0;
        for (int row = 0; row < predictions.Count; row++)
        {
            ReadOnlySpan<float> logits = predictions.Outputs(row);
            for (int label = 0; label < logits.Length; label++)
            {
                // log(1 + exp(x)) where x is the logit against what is right.
                double x = predictions.Targets[row * logits.Length + label] > 0 ? -logits[label] : logits[label];
                sum += Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
            }
        }
        return sum / (predictions.Count * (double)predictions.OutputCount);
    }

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Labels.Against(task);
}
