using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// The mean of the F1 scores of all classes, or labels (multi-label), each counting the same however rare it is, as scikit-learn's
/// f1_score(average="macro", zero_division=0). Classes that no row is in and none is put into are left out; a label is predicted where
/// its logit is above 0 (probability above one half).
/// </summary>
public sealed class MacroF1 : IMetric
{
    /// <inheritdoc/>
    public string Name => "macro F1";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    public double Compute(Predictions predictions)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        return predictions.TargetCount == predictions.OutputCount ? MultiLabelCounter.Of(predictions).MacroF1 : OfClasses(predictions);
    }

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => task == MetricTask.Numbers ? MetricTask.Classes.Against(task) : null;

    private static double OfClasses(Predictions predictions)
    {
        var counts = new LabelCounts[predictions.OutputCount];
        for (int row = 0; row < predictions.Count; row++)
        {
            (int prediction, int target) = (predictions.PredictedClass(row), predictions.TargetClass(row));
            counts[target] = counts[target].With(there: true, predicted: prediction == target);
            if (prediction != target)
                counts[prediction] = counts[prediction].With(there: false, predicted: true);
        }
        return counts.Where(c => c.Support + c.FalsePositives > 0).Average(c => c.F1);
    }
}
