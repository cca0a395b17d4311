using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// F1 of class 1 of two: the harmonic mean of precision and recall, as scikit-learn's f1_score: 0 when no row is in class 1 or none is
/// put there.
/// </summary>
public sealed class F1Score : IMetric
{
    /// <inheritdoc/>
    public string Name => "F1";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are not two classes.</exception>
    public double Compute(Predictions predictions)
    {
        if (predictions.OutputCount != 2)
            throw new ArgumentException($"F1 is for two classes; the predictions have {predictions.OutputCount} outputs.",
                nameof(predictions));
        int predicted = 0, actual = 0, both = 0;
        for (int row = 0; row < predictions.Count; row++)
        {
            bool isPredicted = predictions.PredictedClass(row) == 1, isActual = predictions.TargetClass(row) == 1;
            predicted += isPredicted ? 1 : 0;
            actual += isActual ? 1 : 0;
            both += isPredicted && isActual ? 1 : 0;
        }
        if (both == 0)
            return 0;
        double precision = (double)both / predicted, recall = (double)both / actual;
        return 2 * precision * recall / (precision + recall);
    }

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Classes.Against(task)
        ?? (outputCount == 2 ? null : $"it is for two classes, and there are {outputCount}");
}
