using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Regression: labels are numbers (Single), of which NaN is a missing one. A model adds the score, the predicted number.</summary>
internal sealed class RegressionTask : TextTask
{
    public override TextModelKind Kind => TextModelKind.Regression;

    public override MetricTask Metrics => MetricTask.Numbers;

    public override IMetric Metric { get; } = new MeanSquaredError();

    public override int OutputCount => 1;

    public override string MissingLabelAdvice => "They are NaN; text loaders make NaN of empty fields and of what is no number.";

    /// <summary>That of a table with labels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or of another type.</exception>
    public static RegressionTask Of(DataViewSchema schema, string labelColumn)
    {
        var task = new RegressionTask();
        task.Label(schema, labelColumn);
        return task;
    }

    /// <inheritdoc cref="TextTask.Of"/>
    public static RegressionTask OfSaved(TextColumns columns)
    {
        RequireSound(columns is { PredictedLabel: null, LabelType: null, LabelValues: null },
            "a regression has a predicted label or label values");
        return new RegressionTask();
    }

    /// <summary>Checks the label column of a shape and adds the model's column.</summary>
    public static SchemaShape AddTo(SchemaShape input, string labelColumn, string score)
    {
        SchemaShape.Column label = ColumnChecks.Find(input, labelColumn, "label");
        if (label.Kind != SchemaShape.Column.VectorKind.Scalar || label.IsKey || !label.ItemType.Equals(NumberDataViewType.Single))
            throw WrongLabel(labelColumn, label.TypeText());
        return input.With(SchemaShapes.Scalar(score, NumberDataViewType.Single, isKey: false, ScoreAnnotations.Shapes()));
    }

    public override DataViewSchema.Column Label(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = ColumnChecks.Find(schema, name, "label");
        return column.Type.Equals(NumberDataViewType.Single) ? column : throw WrongLabel(name, column.Type.ToString()!);
    }

    public override Func<List<float>, bool> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose)
    {
        ValueGetter<float> getter = row.GetGetter<float>(label);
        return targets =>
        {
            float value = 0;
            getter(ref value);
            if (float.IsInfinity(value))
                throw new InvalidOperationException(
                    FormattableString.Invariant($"The label of {purpose} row {row.Position} (from 0) in column '{label.Name}' is {value}; ")
                    + "it must be finite, or NaN when it is missing.");
            if (float.IsNaN(value))
                return false;
            targets.Add(value);
            return true;
        };
    }

    public override TrainingData CreateData(TokenizedDataset texts, IReadOnlyList<float> targets)
        => TrainingData.Regression(texts, targets);

    public override void CheckTraining(LabelledTexts rows, IChannel channel)
    {
        if (rows.LabelsAreEqual)
            channel.Warning(MessageSensitivity.None, $"All {rows.Count:N0} training rows have the same label in column "
                + $"'{rows.LabelColumn}', so there is nothing to tell them apart by. Was the data sorted by label and then cut?");
    }

    public override DataViewSchema AddTo(DataViewSchema input, TextColumns columns)
        => With(input, (
            columns.Score, NumberDataViewType.Single, ScoreAnnotations.Create(input, AnnotationNames.Regression).ToAnnotations()));

    public override Delegate CreateGetter(int column, TextColumns columns, Func<ReadOnlyMemory<float>> scores)
        => (ValueGetter<float>)((ref float value) => value = scores().Span[0]);

    public override string ToString() => "regression";

    private static ArgumentOutOfRangeException WrongLabel(string name, string found)
        => ColumnChecks.Mismatch($"Schema mismatch for label column '{name}': expected Single, got {found}. Load the column as Single, or "
            + "convert it with mlContext.Transforms.Conversion.ConvertType.");
}
