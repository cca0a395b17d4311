using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Scored rows of classification or regression as <see cref="Predictions"/>, for the metrics that ML.NET's Evaluate does not have.
/// Multi-label has a report of its own.
/// </summary>
public static class ScoredPredictions
{
    /// <summary>Reads the labels and scores of all rows that have a label.</summary>
    /// <param name="scored">What a model's Transform gave. It is scored anew at each reading; see <c>mlContext.Data.Cache</c>.</param>
    /// <param name="labelColumnName">The right class (a key) or number (Single) of each row; a missing key or NaN is no label.</param>
    /// <param name="scoreColumnName">The model's scores: a vector (classification) or a number (regression) of Single.</param>
    /// <exception cref="ArgumentException">A column is missing, or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    /// <exception cref="NotFiniteNumberException">A score is NaN or infinite; the message names its row.</exception>
    public static Predictions Read(IDataView scored, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        DataViewSchema.Column score = scored.Schema.GetColumnOrNull(scoreColumnName)
            ?? throw new ArgumentException(
                $"There is no score column '{scoreColumnName}'; transform the data by a trained model first.", nameof(scored));
        bool regression = score.Type.Equals(NumberDataViewType.Single);
        if (!regression && score.Type is not VectorDataViewType { Size: > 0 })
            throw new ArgumentException(
                $"The score column '{scoreColumnName}' is of type {score.Type}; it must be Single, or a vector of it.", nameof(scored));
        TextTask task = regression
            ? RegressionTask.Of(scored.Schema, labelColumnName)
            : ClassificationTask.Of(scored.Schema, labelColumnName);
        int outputs = regression ? 1 : ((VectorDataViewType)score.Type).Size;
        if (outputs != task.OutputCount)
            throw new ArgumentException(
                $"There are {outputs} scores a row, but label column '{labelColumnName}' has {task.OutputCount} classes.", nameof(scored));

        var scores = new List<float>();
        var targets = new List<float>();
        var positions = new List<long>();
        DataViewSchema.Column target = task.Label(scored.Schema, labelColumnName);
        using DataViewRowCursor cursor = scored.GetRowCursor([target, score]);
        Func<List<float>, bool> addTarget = task.CreateReader(cursor, target, "scored");
        Action addScores = regression ? Numbers(cursor, score, scores) : Vectors(cursor, score, scores);
        while (cursor.MoveNext())
        {
            if (!addTarget(targets))
                continue;
            addScores();
            positions.Add(cursor.Position);
        }
        if (targets.Count == 0)
            throw new InvalidOperationException($"No row has a label in column '{labelColumnName}'. {task.MissingLabelAdvice}");
        return new Predictions([.. scores], outputs, [.. targets], 1, row => $"row {positions[row]}");
    }

    private static Action Numbers(DataViewRow row, DataViewSchema.Column score, List<float> scores)
    {
        ValueGetter<float> getter = row.GetGetter<float>(score);
        return () =>
        {
            float value = 0;
            getter(ref value);
            scores.Add(value);
        };
    }

    private static Action Vectors(DataViewRow row, DataViewSchema.Column score, List<float> scores)
    {
        ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(score);
        VBuffer<float> value = default;
        return () =>
        {
            getter(ref value);
            scores.AddRange(value.DenseValues());
        };
    }
}
