using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Labels of regression: numbers. NaN is a missing one.</summary>
internal sealed class NumberLabels(DataViewSchema schema, string columnName) : TrainingLabels(ColumnChecks.Number(schema, columnName))
{
    public override TextModelKind Kind => TextModelKind.Regression;

    public override int OutputCount => 1;

    public override IMetric Metric { get; } = new MeanSquaredError();

    public override string MissingLabelAdvice => "They are NaN; text loaders make NaN of empty fields and of what is no number.";

    public override DataViewSchema.Column Find(DataViewSchema schema) => ColumnChecks.Number(schema, ColumnName);

    public override Func<float?> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose)
    {
        ValueGetter<float> getter = row.GetGetter<float>(label);
        return () =>
        {
            float value = 0;
            getter(ref value);
            if (float.IsInfinity(value))
                throw new InvalidOperationException(
                    FormattableString.Invariant($"The label of {purpose} row {row.Position} (from 0) in column '{ColumnName}' is {value}; ")
                    + "it must be finite, or NaN when it is missing.");
            return float.IsNaN(value) ? null : value;
        };
    }

    public override void ReportEqualLabels(int rowCount, IChannel channel) => channel.Warning(MessageSensitivity.None,
        $"All {rowCount:N0} training rows have the same label in column '{ColumnName}', so there is nothing to tell them apart by. "
        + "Was the data sorted by label and then cut?");
}
