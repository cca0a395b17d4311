using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Multi-label: F1 over all rows and labels together, 2 TP / (2 TP + FP + FN), with a label predicted where its logit is above 0
/// (probability above one half); 0 when nothing is right, predicted or there, as scikit-learn's f1_score(average="micro", zero_division=0).
/// </summary>
public sealed class MicroF1 : IMetric
{
    /// <inheritdoc/>
    public string Name => "micro F1";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    public double Compute(Predictions predictions) => MultiLabelCounter.Of(predictions).MicroF1;

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Labels.Against(task);
}
