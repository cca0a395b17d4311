using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Labels of regression: numbers. NaN is a missing one.</summary>
internal sealed class NumberLabels(DataViewSchema schema, string columnName) : TrainingLabels(ColumnChecks.Number(schema, columnName))
{
    public override TextModelKind Kind => TextModelKind.Regression;

    public override MetricTask Task => MetricTask.Numbers;

    public override int OutputCount => 1;

    public override IMetric Metric { get; } = new MeanSquaredError();

    public override string MissingLabelAdvice => "They are NaN; text loaders make NaN of empty fields and of what is no number.";

    public override DataViewSchema.Column Find(DataViewSchema schema) => ColumnChecks.Number(schema, ColumnName);

    public override Func<List<float>, bool> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose)
    {
        ValueGetter<float> getter = row.GetGetter<float>(label);
        return targets =>
        {
            float value = 0;
            getter(ref value);
            if (float.IsInfinity(value))
                throw new InvalidOperationException(
                    FormattableString.Invariant($"The label of {purpose} row {row.Position} (from 0) in column '{ColumnName}' is {value}; ")
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
            channel.Warning(MessageSensitivity.None, $"All {rows.Count:N0} training rows have the same label in column '{ColumnName}', "
                + "so there is nothing to tell them apart by. Was the data sorted by label and then cut?");
    }
}
