using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Matthews' correlation of predicted and right classes, for any number of classes (Gorodkin: Comparing two K-category assignments by a
/// K-category correlation coefficient, 2004), as scikit-learn's matthews_corrcoef: from -1 to 1, and 0 when all rows are in one class or
/// are put into one.
/// </summary>
public sealed class MatthewsCorrelation : IMetric
{
    /// <inheritdoc/>
    public string Name => "Matthews";

    /// <inheritdoc/>
    public bool HigherIsBetter => true;

    /// <inheritdoc/>
    public double Compute(Predictions predictions)
    {
        var predicted = new long[predictions.OutputCount];
        var actual = new long[predictions.OutputCount];
        long right = 0;
        for (int row = 0; row < predictions.Count; row++)
        {
            (int prediction, int target) = (predictions.PredictedClass(row), predictions.TargetClass(row));
            predicted[prediction]++;
            actual[target]++;
            right += prediction == target ? 1 : 0;
        }
        double count = predictions.Count;
        double covariance = (right * count) - Product(predicted, actual);
        double spread = ((count * count) - Product(predicted, predicted)) * ((count * count) - Product(actual, actual));
        return spread == 0 ? 0 : covariance / Math.Sqrt(spread);
    }

    /// <inheritdoc/>
    public string? Misfit(MetricTask task, int outputCount) => MetricTask.Classes.Against(task);

    private static double Product(long[] first, long[] second) => first.Zip(second, (a, b) => (double)a * b).Sum();
}
