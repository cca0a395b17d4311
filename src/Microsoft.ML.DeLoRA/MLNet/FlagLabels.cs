using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Labels of multi-label classification: a vector of flags, one for each label. No row lacks it; all flags may be false.</summary>
internal sealed class FlagLabels : TrainingLabels
{
    private readonly bool _named;
    private readonly LabelValues _names;

    /// <param name="schema">The training rows' schema.</param>
    /// <param name="columnName">The label column.</param>
    /// <param name="names">The labels' names; null: the column's own.</param>
    /// <exception cref="ArgumentException">The column or the names do not fit.</exception>
    public FlagLabels(DataViewSchema schema, string columnName, IReadOnlyList<string>? names)
        : base(ColumnChecks.Flags(schema, columnName))
    {
        if (names is not null && names.Count != OutputCount)
            throw new ArgumentException($"{nameof(DeLoRATextMultiLabelClassificationOptions.LabelNames)} has {names.Count} names, "
                + $"but label column '{columnName}' has {OutputCount} slots; give each slot one, in their order.",
                nameof(DeLoRATextMultiLabelClassificationOptions.LabelNames));
        _named = names is not null;
        _names = LabelValues.OfTexts(names ?? SlotNames.Of(Column));
    }

    public override TextModelKind Kind => TextModelKind.MultiLabelClassification;

    public override MetricTask Task => MetricTask.Labels;

    public override int OutputCount => ((VectorDataViewType)Column.Type).Size;

    public override LabelValues? Values => _names;

    public override IMetric Metric { get; } = new MicroF1();

    public override DataViewSchema.Column Find(DataViewSchema schema) => ColumnChecks.Flags(schema, ColumnName);

    public override void CheckValidation(DataViewSchema schema)
    {
        DataViewSchema.Column other = Find(schema);
        int count = ((VectorDataViewType)other.Type).Size;
        if (count != OutputCount)
            throw Different($"{count} slots there and {OutputCount} here", "Load both sets with the same slots.");
        if (!_named && SlotNames.Of(other) is var names && !names.SequenceEqual(_names.Texts))
            throw Different($"the slots {LabelNames.Listed(names)} there and {LabelNames.Listed(_names.Texts)} here",
                "Load both sets with the same slots in the same order, or set "
                + $"{nameof(DeLoRATextMultiLabelClassificationOptions.LabelNames)} if the slots mean the same.");

        ArgumentException Different(string how, string advice) => new(
            $"The labels of the validation set differ from those of the training data: column '{ColumnName}' has {how}. {advice}",
            nameof(DeLoRATextOptions.ValidationSet));
    }

    public override Func<List<float>, bool> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose)
    {
        ValueGetter<VBuffer<bool>> getter = row.GetGetter<VBuffer<bool>>(label);
        VBuffer<bool> value = default;
        return targets =>
        {
            getter(ref value);
            if (value.Length != OutputCount)
                throw new InvalidOperationException(
                    $"The label vector of {purpose} row {row.Position} (from 0) in column '{ColumnName}' has "
                    + $"{value.Length} flags, but the column's type says {OutputCount}; give each row one flag for each label.");
            targets.AddRange(value.DenseValues().Select(has => has ? 1f : 0f));
            return true;
        };
    }

    public override TrainingData CreateData(TokenizedDataset texts, IReadOnlyList<float> targets)
        => TrainingData.MultiLabel(texts, [.. targets.Select(t => t > 0).Chunk(OutputCount)]);

    public override void CheckTraining(LabelledTexts rows, IChannel channel)
    {
        var counts = new int[OutputCount];
        for (int i = 0; i < rows.Targets.Count; i++)
            counts[i % counts.Length] += rows.Targets[i] > 0 ? 1 : 0;
        Warn("No", 0);
        Warn("Every", rows.Count);

        void Warn(string which, int count)
        {
            string[] names = [.. _names.Texts.Where((_, label) => counts[label] == count)];
            (string ending, string pronoun) = names.Length > 1 ? ("s", "them") : ("", "it");
            if (names.Length > 0)
                channel.Warning(MessageSensitivity.None, $"{which} training row has the label{ending} {LabelNames.Listed(names)} "
                    + $"(column '{ColumnName}'), so the model learns nothing else about {pronoun}.");
        }
    }
}
