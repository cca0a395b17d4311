using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// Multi-label classification: a label is a vector of N flags, one for each of N labels. No row lacks it; all flags may be false. A model
/// adds the predicted labels, Vector&lt;Boolean, N&gt;, and the scores, Vector&lt;Single, N&gt;, a probability for each label; the slots
/// of both have the labels' names.
/// </summary>
/// <param name="names">The labels' names.</param>
/// <param name="namedByOptions">True when the names are not those of the label column's slots.</param>
internal sealed class MultiLabelTask(LabelValues names, bool namedByOptions) : TextTask
{
    private const string NamesOption = nameof(DeLoRATextMultiLabelClassificationOptions.LabelNames);

    public override TextModelKind Kind => TextModelKind.MultiLabelClassification;

    public override MetricTask Metrics => MetricTask.Labels;

    public override IMetric Metric { get; } = new MicroF1();

    public override int OutputCount => names.Texts.Count;

    public override LabelValues? Values => names;

    /// <summary>That of rows to train on.</summary>
    /// <param name="schema">The training rows' schema.</param>
    /// <param name="labelColumn">The label column.</param>
    /// <param name="names">The labels' names; null: the column's own.</param>
    /// <exception cref="ArgumentException">The column or the names do not fit.</exception>
    public static MultiLabelTask Of(DataViewSchema schema, string labelColumn, IReadOnlyList<string>? names)
    {
        DataViewSchema.Column label = Flags(schema, labelColumn);
        int count = ((VectorDataViewType)label.Type).Size;
        if (names is not null && names.Count != count)
            throw new ArgumentException($"{NamesOption} has {names.Count} names, "
                + $"but label column '{labelColumn}' has {count} slots; give each slot one, in their order.", NamesOption);
        return new MultiLabelTask(LabelValues.OfTexts(names ?? SlotNames.Of(label)), namedByOptions: names is not null);
    }

    /// <inheritdoc cref="TextTask.Of"/>
    public static MultiLabelTask OfSaved(TextColumns columns, TextModelDescription model)
    {
        RequireSound(!string.IsNullOrEmpty(columns.PredictedLabel) && columns.PredictedLabel != columns.Score,
            "the predicted labels have no name, or that of the score");
        RequireSound(columns is { LabelType: null, LabelValues: null }, "a multi-label model has label values");
        float threshold = columns.Threshold ?? float.NaN;
        RequireSound(threshold is >= 0 and < 1, FormattableString.Invariant($"its threshold is {threshold}, and not from 0 to below 1"));
        RequireSound(model.Labels.Count == model.OutputCount,
            $"it has {model.OutputCount} labels and {model.Labels.Count} names of labels");
        return new MultiLabelTask(LabelValues.OfTexts(model.Labels), namedByOptions: true);
    }

    /// <summary>Checks the label column of a shape and adds the model's columns.</summary>
    public static SchemaShape AddTo(SchemaShape input, string labelColumn, string predictedLabels, string score)
    {
        SchemaShape.Column label = ColumnChecks.Find(input, labelColumn, "label");
        if (label.Kind == SchemaShape.Column.VectorKind.Scalar || label.IsKey || label.ItemType is not BooleanDataViewType)
            throw WrongFlags(labelColumn, "label", label.TypeText());
        if (label.Kind == SchemaShape.Column.VectorKind.VariableVector)
            throw UnknownSize(labelColumn, "label", label.TypeText());
        SchemaShape.Column slotNames = SchemaShapes.Vector(AnnotationNames.SlotNames, TextDataViewType.Instance);
        return input.With(
            SchemaShapes.Vector(predictedLabels, BooleanDataViewType.Instance, slotNames),
            SchemaShapes.Vector(score, NumberDataViewType.Single, [.. ScoreAnnotations.Shapes(), slotNames]));
    }

    /// <summary>A column of flags: a vector of Boolean of known size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static DataViewSchema.Column Flags(DataViewSchema schema, string name, string role = "label")
    {
        DataViewSchema.Column column = ColumnChecks.Find(schema, name, role);
        if (column.Type is not VectorDataViewType { ItemType: BooleanDataViewType } vector)
            throw WrongFlags(name, role, column.Type.ToString()!);
        if (!vector.IsKnownSize)
            throw UnknownSize(name, role, column.Type.ToString()!);
        if (vector.Size > TextModelDescription.MostOutputs)
            throw ColumnChecks.Mismatch($"Column '{name}' has {vector.Size:N0} slots, and at most "
                + $"{TextModelDescription.MostOutputs:N0} labels are supported. Leave out labels that no row has.");
        return column;
    }

    public override DataViewSchema.Column Label(DataViewSchema schema, string name) => Flags(schema, name);

    public override void CheckValidation(DataViewSchema.Column training, DataViewSchema.Column validation)
    {
        int count = ((VectorDataViewType)validation.Type).Size;
        if (count != OutputCount)
            throw Different($"{count} slots there and {OutputCount} here", "Load both sets with the same slots.");
        if (!namedByOptions && SlotNames.Of(validation) is var others && !others.SequenceEqual(names.Texts))
            throw Different($"the slots {LabelNames.Listed(others)} there and {LabelNames.Listed(names.Texts)} here",
                $"Load both sets with the same slots in the same order, or set {NamesOption} if the slots mean the same.");

        ArgumentException Different(string how, string advice) => new(
            $"The labels of the validation set differ from those of the training data: column '{training.Name}' has {how}. {advice}",
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
                    $"The label vector of {purpose} row {row.Position} (from 0) in column '{label.Name}' has "
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
            string[] affected = [.. names.Texts.Where((_, label) => counts[label] == count)];
            (string ending, string pronoun) = affected.Length > 1 ? ("s", "them") : ("", "it");
            if (affected.Length > 0)
                channel.Warning(MessageSensitivity.None, $"{which} training row has the label{ending} {LabelNames.Listed(affected)} "
                    + $"(column '{rows.LabelColumn}'), so the model learns nothing else about {pronoun}.");
        }
    }

    public override DataViewSchema AddTo(DataViewSchema input, TextColumns columns)
    {
        return With(input,
            (columns.PredictedLabel!, new VectorDataViewType(BooleanDataViewType.Instance, OutputCount), Named(new())),
            (columns.Score, new VectorDataViewType(NumberDataViewType.Single, OutputCount),
                Named(ScoreAnnotations.Create(input, AnnotationNames.MultiLabelClassification))));

        DataViewSchema.Annotations Named(DataViewSchema.Annotations.Builder builder)
        {
            names.AddTo(builder, AnnotationNames.SlotNames);
            return builder.ToAnnotations();
        }
    }

    public override Delegate CreateGetter(int column, TextColumns columns, Func<ReadOnlyMemory<float>> scores)
    {
        if (column > 0)
            return ScoreVector(scores);
        float threshold = columns.Threshold!.Value;
        return (ValueGetter<VBuffer<bool>>)((ref VBuffer<bool> value) =>
        {
            ReadOnlySpan<float> probabilities = scores().Span;
            var editor = VBufferEditor.Create(ref value, probabilities.Length);
            for (int label = 0; label < probabilities.Length; label++)
                editor.Values[label] = probabilities[label] > threshold;
            value = editor.Commit();
        });
    }

    public override string ToString() => $"{OutputCount:N0} labels";

    private static ArgumentOutOfRangeException WrongFlags(string name, string role, string found)
        => ColumnChecks.Mismatch($"Schema mismatch for {role} column '{name}': expected Vector<Boolean, N>, a flag for each of N labels, "
            + $"got {found}. Load it as bool[] with [VectorType(N)], or from a range of columns, "
            + "or join Boolean columns with mlContext.Transforms.Concatenate.");

    private static ArgumentOutOfRangeException UnknownSize(string name, string role, string found)
        => ColumnChecks.Mismatch($"Schema mismatch for {role} column '{name}': expected Vector<Boolean, N>, a flag for each of N labels, "
            + $"got {found}, a vector of unknown size. Declare the number of labels with [VectorType(N)], or in a SchemaDefinition.");
}
