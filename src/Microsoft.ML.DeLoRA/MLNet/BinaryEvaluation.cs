using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML;

/// <summary>Gives what a classifier of two classes scored the form that <c>mlContext.BinaryClassification</c> evaluates.</summary>
public static class BinaryEvaluation
{
    /// <summary>
    /// A table with the columns that <c>mlContext.BinaryClassification.Evaluate</c> looks for (area under the curve, precision and recall of
    /// one class, ...): Label and PredictedLabel as Boolean, Probability of the positive class, and Score, its log odds.
    /// </summary>
    /// <param name="data">The catalog.</param>
    /// <param name="scored">What a model of two classes gave. It is read, and scored, anew at each reading of the table.</param>
    /// <param name="labelColumnName">The right class of each row: a key; rows without one are left out.</param>
    /// <param name="scoreColumnName">The probabilities of the two classes.</param>
    /// <param name="positiveClass">The name of the class that counts as positive; null (default): the second one, as in ML.NET.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, there are not two classes, or none has that name.</exception>
    public static IDataView ToBinaryClassification(
        this DataOperationsCatalog data, IDataView scored, string labelColumnName = "Label", string scoreColumnName = "Score", string? positiveClass = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        if (scored.Schema.GetColumnOrNull(scoreColumnName)?.Type is not VectorDataViewType { Size: 2 } scores
            || !scores.ItemType.Equals(NumberDataViewType.Single))
            throw new ArgumentException($"Column '{scoreColumnName}' has not the scores of two classes.", nameof(scored));
        if (new ClassLabels(scored.Schema, labelColumnName).OutputCount is not 2 and var classes)
            throw new ArgumentException($"Label column '{labelColumnName}' has {classes:N0} classes; two are needed.", nameof(labelColumnName));
        int positive = Positive(scored.Schema[scoreColumnName], positiveClass);
        return data.LoadFromEnumerable(Rows(scored, labelColumnName, scoreColumnName, positive));
    }

    private static IEnumerable<BinaryRow> Rows(IDataView scored, string label, string score, int positive)
    {
        Predictions predictions = ScoredPredictions.Read(scored, label, score);
        for (int row = 0; row < predictions.Count; row++)
        {
            (float there, float other) = (predictions.Outputs(row)[positive], predictions.Outputs(row)[1 - positive]);
            yield return new BinaryRow
            {
                Label = predictions.TargetClass(row) == positive,
                PredictedLabel = predictions.PredictedClass(row) == positive,
                Probability = there,
                // A probability may be rounded to 0.
                Score = (float)Math.Log(Math.Max(there, float.Epsilon) / (double)Math.Max(other, float.Epsilon)),
            };
        }
    }

    private static int Positive(DataViewSchema.Column score, string? positiveClass)
    {
        if (positiveClass is null)
            return 1;
        string[] classes = [.. SlotNames.Of(score) ?? []];
        return Array.IndexOf(classes, positiveClass) is >= 0 and int found ? found
            : throw new ArgumentException($"There is no class '{positiveClass}'; there are: {string.Join(", ", classes)}.", nameof(positiveClass));
    }

    private sealed class BinaryRow
    {
        public bool Label { get; set; }

        public bool PredictedLabel { get; set; }

        public float Probability { get; set; }

        public float Score { get; set; }
    }
}
