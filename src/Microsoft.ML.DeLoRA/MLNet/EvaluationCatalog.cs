using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML;

/// <summary>
/// Evaluates what ML.NET's own evaluators do not take as it is: classifiers of two classes, and multi-label classification.
/// </summary>
public static class EvaluationCatalog
{
    /// <summary>
    /// A table with the columns that <c>mlContext.BinaryClassification.Evaluate</c> looks for (area under the curve, precision and recall
    /// of one class, ...): Label and PredictedLabel as Boolean, Probability of the positive class, and Score, its log odds.
    /// </summary>
    /// <param name="data">The catalog.</param>
    /// <param name="scored">What a model of two classes gave. It is read, and scored, anew at each reading of the table.</param>
    /// <param name="labelColumnName">The right class of each row: a key; rows without one are left out.</param>
    /// <param name="scoreColumnName">The probabilities of the two classes.</param>
    /// <param name="positiveClass">The name of the class that counts as positive; null (default): the second one, as in ML.NET.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, there are not two classes, or none has that name.
    /// </exception>
    public static IDataView ToBinaryClassification(
        this DataOperationsCatalog data,
        IDataView scored,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string? positiveClass = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        if (scored.Schema.GetColumnOrNull(scoreColumnName)?.Type is not VectorDataViewType { Size: 2 } scores
            || !scores.ItemType.Equals(NumberDataViewType.Single))
            throw new ArgumentException($"Column '{scoreColumnName}' has not the scores of two classes.", nameof(scored));
        if (ClassificationTask.Of(scored.Schema, labelColumnName).OutputCount is not 2 and var classes)
            throw new ArgumentException(
                $"Label column '{labelColumnName}' has {classes:N0} classes; two are needed.", nameof(labelColumnName));
        int positive = Positive(scored.Schema[scoreColumnName], positiveClass);
        return data.LoadFromEnumerable(Rows(scored, labelColumnName, scoreColumnName, positive));
    }

    /// <summary>How well the predicted labels of a scored table fit its label column. Reads the table once.</summary>
    /// <param name="scored">The table, as <c>model.Transform(data)</c> gives it.</param>
    /// <param name="labelColumnName">The column with what is right: a vector of Boolean of known size.</param>
    /// <param name="scoreColumnName">The column with the probability of each label; its slot names name the labels.</param>
    /// <param name="predictedLabelsColumnName">
    /// The column with the predicted labels, made by the model's own threshold; read when no other is given.
    /// </param>
    /// <param name="threshold">
    /// Takes as predicted what has a probability above this, instead of the predicted labels; null (default): those.
    /// </param>
    /// <exception cref="ArgumentException">A column is missing, of the wrong type or of another size, or there is no row.</exception>
    /// <exception cref="NotFiniteNumberException">A probability is NaN or infinite; the message names its row.</exception>
    public static MultiLabelReport CreateMultiLabelReport(
        this IDataView scored,
        string labelColumnName = "Labels",
        string scoreColumnName = "Score",
        string predictedLabelsColumnName = "PredictedLabels",
        float? threshold = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        DataViewSchema.Column label = MultiLabelTask.Flags(scored.Schema, labelColumnName);
        DataViewSchema.Column score = Scores(scored.Schema, scoreColumnName, label);
        DataViewSchema.Column output = threshold is null
            ? MultiLabelTask.Flags(scored.Schema, predictedLabelsColumnName, "predicted label")
            : score;
        using DataViewRowCursor cursor = scored.GetRowCursor([.. new[] { label, score, output }.Distinct()]);
        Func<bool[]> there = Reader<bool>(cursor, label, flag => flag);
        Func<bool[]> predicted = threshold is { } least
            ? Reader<float>(cursor, output, probability => probability > least)
            : Reader<bool>(cursor, output, flag => flag);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(score);
        VBuffer<float> scores = default;
        var counter = new MultiLabelCounter(((VectorDataViewType)label.Type).Size);
        while (cursor.MoveNext())
        {
            // What is made of NaN by comparing is a label that is not predicted, like any other.
            getter(ref scores);
            NotFiniteScoreException.Require([.. scores.DenseValues()], scores.Length, _ => $"row {cursor.Position}", "score");
            counter.Add(there(), predicted());
        }
        return new MultiLabelReport(counter, SlotNames.Of(score));
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
            : throw new ArgumentException(
                $"There is no class '{positiveClass}'; there are: {string.Join(", ", classes)}.", nameof(positiveClass));
    }

    // A vector of Singles, one for each slot of the label column.
    private static DataViewSchema.Column Scores(DataViewSchema schema, string name, DataViewSchema.Column label)
    {
        DataViewSchema.Column column = ColumnChecks.Find(schema, name, "score");
        int size = ((VectorDataViewType)label.Type).Size;
        if (column.Type is not VectorDataViewType vector || !vector.ItemType.Equals(NumberDataViewType.Single) || vector.Size != size)
            throw ColumnChecks.Mismatch($"Schema mismatch for score column '{name}': expected Vector<Single, {size}>, "
                + $"as label column '{label.Name}' has {size} slots, got {column.Type}. "
                + "Name the score column of the model that learned these labels.");
        return column;
    }

    private static Func<bool[]> Reader<T>(DataViewRow row, DataViewSchema.Column column, Func<T, bool> isSet)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return [.. value.DenseValues().Select(isSet)];
        };
    }

    private sealed class BinaryRow
    {
        public bool Label { get; set; }

        public bool PredictedLabel { get; set; }

        public float Probability { get; set; }

        public float Score { get; set; }
    }
}
