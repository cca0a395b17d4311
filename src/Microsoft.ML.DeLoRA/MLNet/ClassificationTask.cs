using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// Classification: labels are keys, each a class. A model adds the predicted label, Key&lt;uint, N&gt; with the label column's own key
/// values, and the scores, Vector&lt;float, N&gt;, probabilities that sum to 1.
/// </summary>
/// <param name="classCount">N.</param>
/// <param name="values">The label column's key values; null when it has none.</param>
internal sealed class ClassificationTask(int classCount, LabelValues? values) : TextTask
{
    private const string Advice = "Check what MapValueToKey was given; empty texts and NaN become missing labels.";

    public override TextModelKind Kind => TextModelKind.Classification;

    public override MetricTask Metrics => MetricTask.Classes;

    public override IMetric Metric { get; } = new Accuracy();

    public override int OutputCount => classCount;

    public override LabelValues? Values => values;

    public override string MissingLabelAdvice => Advice;

    /// <summary>That of a table with labels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, no key, or has too few or too many values.</exception>
    public static ClassificationTask Of(DataViewSchema schema, string labelColumn)
    {
        DataViewSchema.Column label = Find(schema, labelColumn);
        return new ClassificationTask((int)((KeyDataViewType)label.Type).Count, LabelValues.Of(label));
    }

    /// <summary>The same for rows to train on, which may lack labels altogether.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, no key, or has too few or too many values.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or none has a label.</exception>
    public static ClassificationTask OfTraining(IDataView rows, string labelColumn)
    {
        // MapValueToKey that saw no value makes a key of one: the rows are read to tell that from one class.
        if (rows.Schema.GetColumnOrNull(labelColumn) is { Type: KeyDataViewType { Count: < 2 } } column)
            RequireLabel(rows, column);
        return Of(rows.Schema, labelColumn);
    }

    /// <inheritdoc cref="TextTask.Of"/>
    public static ClassificationTask OfSaved(TextColumns columns, int classCount)
    {
        RequireSound(!string.IsNullOrEmpty(columns.PredictedLabel), "the predicted label has no name");
        if (columns.LabelType is not { } type)
            return new ClassificationTask(classCount, values: null);
        LabelValueKind? kind = LabelValueKind.Find(type);
        RequireSound(kind is not null, $"label values of type '{type}' are unknown");
        IReadOnlyList<string> texts = columns.LabelValues ?? [];
        RequireSound(texts.Count == classCount && texts.All(t => t is not null),
            $"it has {classCount} classes and {texts.Count} label values");
        var labels = new LabelValues(kind, texts);
        RequireSound(labels.AreValid, $"not every label value is of type '{type}'");
        return new ClassificationTask(classCount, labels);
    }

    /// <summary>Checks the label column of a shape and adds the model's columns.</summary>
    public static SchemaShape AddTo(SchemaShape input, string labelColumn, string predictedLabel, string score)
    {
        SchemaShape.Column label = ColumnChecks.Find(input, labelColumn, "label");
        if (label.Kind != SchemaShape.Column.VectorKind.Scalar || !label.IsKey)
            throw WrongLabel(labelColumn, label.TypeText());
        SchemaShape.Column[] keyValues = [.. label.Annotations.Where(a => a.Name == AnnotationNames.KeyValues)];
        SchemaShape.Column[] scoreAnnotations =
        [
            .. ScoreAnnotations.Shapes(),
            .. keyValues.Select(k => SchemaShapes.Vector(AnnotationNames.TrainingLabelValues, k.ItemType)),
            .. keyValues.Select(_ => SchemaShapes.Vector(AnnotationNames.SlotNames, TextDataViewType.Instance)),
        ];
        return input.With(
            SchemaShapes.Scalar(predictedLabel, NumberDataViewType.UInt32, isKey: true, keyValues),
            SchemaShapes.Vector(score, NumberDataViewType.Single, scoreAnnotations));
    }

    public override DataViewSchema.Column Label(DataViewSchema schema, string name) => Find(schema, name);

    // A validation set that was mapped by another MapValueToKey has other numbers for the same classes.
    public override void CheckValidation(DataViewSchema.Column training, DataViewSchema.Column validation)
    {
        if (validation.Type is KeyDataViewType key && key.Count == (ulong)classCount && Equals(values, LabelValues.Of(validation)))
            return;
        throw new ArgumentException(
            $"The labels of the validation set are mapped differently from those of the training data: "
            + $"column '{training.Name}' has {Shown(validation)} there and {Shown(training)} here. "
            + "Fit one MapValueToKey on the training data and transform both sets with it.", nameof(DeLoRATextOptions.ValidationSet));

        static string Shown(DataViewSchema.Column column) => LabelValues.Of(column) is { } values
            ? $"the classes {string.Join(", ", values.Texts.Take(10).Select(t => $"'{t}'"))}{(values.Texts.Count > 10 ? ", ..." : "")}"
            : $"the type {column.Type}";
    }

    public override Func<List<float>, bool> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose) => Keys(row, label);

    public override TrainingData CreateData(TokenizedDataset texts, IReadOnlyList<float> targets)
        => TrainingData.Classification(texts, [.. targets.Select(t => (int)t)], classCount);

    public override void CheckTraining(LabelledTexts rows, IChannel channel)
    {
        if (rows.LabelsAreEqual)
            throw new InvalidOperationException($"All {rows.Count:N0} training rows have the same label in column '{rows.LabelColumn}'; "
                + "a classifier needs rows of at least two classes. Was the data sorted by label and then cut?");
    }

    public override DataViewSchema AddTo(DataViewSchema input, TextColumns columns)
    {
        var predictedLabel = new DataViewSchema.Annotations.Builder();
        values?.AddTo(predictedLabel, AnnotationNames.KeyValues);
        DataViewSchema.Annotations.Builder scores = ScoreAnnotations.Create(input, AnnotationNames.MulticlassClassification);
        if (values is not null)
        {
            values.AddTo(scores, AnnotationNames.TrainingLabelValues);
            LabelValues.OfTexts(values.Texts).AddTo(scores, AnnotationNames.SlotNames);
        }
        return With(input,
            (columns.PredictedLabel!, new KeyDataViewType(typeof(uint), classCount), predictedLabel.ToAnnotations()),
            (columns.Score, new VectorDataViewType(NumberDataViewType.Single, classCount), scores.ToAnnotations()));
    }

    public override Delegate CreateGetter(int column, TextColumns columns, Func<ReadOnlyMemory<float>> scores) => column == 0
        ? (ValueGetter<uint>)((ref uint value) => value = KeyOfLargest(scores().Span))
        : ScoreVector(scores);

    public override string ToString() => $"{classCount:N0} classes";

    // Keys count from 1; 0 is a missing value, which no comparison with NaN can avoid.
    private static uint KeyOfLargest(ReadOnlySpan<float> scores)
    {
        int best = -1;
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsNaN(scores[i]) && (best < 0 || scores[i] > scores[best]))
                best = i;
        }
        return (uint)(best + 1);
    }

    private static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = ColumnChecks.Find(schema, name, "label");
        if (column.Type is not KeyDataViewType key)
            throw WrongLabel(name, column.Type.ToString()!);
        if (key.Count < 2)
            throw ColumnChecks.Mismatch($"Label column '{name}' has one class only (its key has {key.Count} value); a classifier needs at "
                + "least two. Check the labels before MapValueToKey.");
        if (key.Count > TextModelDescription.MostOutputs)
            throw ColumnChecks.Mismatch(
                $"Label column '{name}' has {key.Count:N0} possible classes, "
                + $"and at most {TextModelDescription.MostOutputs:N0} are supported. "
                + "A key column without a real number of values is often declared so; "
                + "map the labels with mlContext.Transforms.Conversion.MapValueToKey.");
        return column;
    }

    private static ArgumentOutOfRangeException WrongLabel(string name, string found)
        => ColumnChecks.Mismatch($"Schema mismatch for label column '{name}': expected Key<UInt32>, got {found}. Map the labels first: "
            + $"mlContext.Transforms.Conversion.MapValueToKey(\"{name}\").");

    private static void RequireLabel(IDataView rows, DataViewSchema.Column column)
    {
        using DataViewRowCursor cursor = rows.GetRowCursor([column]);
        Func<List<float>, bool> addTargets = Keys(cursor, column);
        int missing = 0;
        while (cursor.MoveNext())
        {
            if (addTargets([]))
                return;
            missing++;
        }
        throw NoneLabelled(column.Name, missing, "training", Advice);
    }

    private static Func<List<float>, bool> Keys(DataViewRow row, DataViewSchema.Column label)
    {
        Type raw = label.Type.RawType;
        return raw == typeof(uint) ? Reader<uint>(v => v)
            : raw == typeof(byte) ? Reader<byte>(v => v)
            : raw == typeof(ushort) ? Reader<ushort>(v => v)
            : Reader<ulong>(v => v);

        Func<List<float>, bool> Reader<T>(Func<T, ulong> widen)
        {
            ValueGetter<T> getter = row.GetGetter<T>(label);
            return targets =>
            {
                T value = default!;
                getter(ref value);
                // A key counts from 1; 0 is a missing one.
                ulong key = widen(value);
                if (key > 0)
                    targets.Add(key - 1);
                return key > 0;
            };
        }
    }
}
