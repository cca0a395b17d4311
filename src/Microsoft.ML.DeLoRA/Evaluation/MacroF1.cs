namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>
/// Multi-label: the mean of the labels' F1, with a label predicted where its logit is above 0 (probability above one half), as
/// scikit-learn's f1_score(average="macro", zero_division=0). Rare labels count as much as frequent ones.
/// </summary>
public sealed class MacroF1 : IMetric
{
    /// <inheritdoc/>
    public string Name => "macro F1";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    public double Compute(Predictions predictions) => MultiLabelCounter.Of(predictions).MacroF1;

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Labels.Against(task);
}
