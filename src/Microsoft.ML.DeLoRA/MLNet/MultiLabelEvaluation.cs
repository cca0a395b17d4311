using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML;

/// <summary>Evaluates multi-label classification, for which ML.NET has no evaluator.</summary>
public static class MultiLabelEvaluation
{
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
        DataViewSchema.Column label = ColumnChecks.Flags(scored.Schema, labelColumnName);
        DataViewSchema.Column score = ColumnChecks.Scores(scored.Schema, scoreColumnName, label);
        DataViewSchema.Column output = threshold is null
            ? ColumnChecks.Flags(scored.Schema, predictedLabelsColumnName, "predicted label")
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
}
