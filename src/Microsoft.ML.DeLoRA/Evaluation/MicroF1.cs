namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>
/// Multi-label: F1 over all rows and labels together, 2 TP / (2 TP + FP + FN), with a label predicted where its logit is above 0 (probability above
/// one half); 0 when nothing is right, predicted or there, as scikit-learn's f1_score(average="micro", zero_division=0).
/// </summary>
public sealed class MicroF1 : IMetric
{
    /// <inheritdoc/>
    public string Name => "micro F1";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    public double Compute(Predictions predictions)
    {
        (long right, long wrong) = (0, 0);
        for (int row = 0; row < predictions.Count; row++)
        {
            ReadOnlySpan<float> logits = predictions.Outputs(row);
            for (int label = 0; label < logits.Length; label++)
            {
                bool there = predictions.Targets[row * logits.Length + label] > 0;
                bool predicted = logits[label] > 0;
                right += there && predicted ? 1 : 0;
                wrong += there != predicted ? 1 : 0;
            }
        }
        return right == 0 ? 0 : 2.0 * right / (2.0 * right + wrong);
    }
}
