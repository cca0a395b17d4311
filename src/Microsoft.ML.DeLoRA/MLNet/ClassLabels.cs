using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Labels of classification: keys, each a class.</summary>
internal sealed class ClassLabels(DataViewSchema schema, string columnName) : TrainingLabels(ColumnChecks.Classes(schema, columnName))
{
    private const string Advice = "Check what MapValueToKey was given; empty texts and NaN become missing labels.";

    /// <summary>The labels of training rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, no key, or has too few or too many values.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or none has a label.</exception>
    public static ClassLabels OfTraining(IDataView rows, string columnName)
    {
        // MapValueToKey that saw no value makes a key of one: the rows are read to tell that from one class.
        if (rows.Schema.GetColumnOrNull(columnName) is { Type: KeyDataViewType { Count: < 2 } } column)
            RequireLabel(rows, column);
        return new ClassLabels(rows.Schema, columnName);
    }

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

    public override TextModelKind Kind => TextModelKind.Classification;

    public override MetricTask Task => MetricTask.Classes;

    public override int OutputCount => (int)((KeyDataViewType)Column.Type).Count;

    public override LabelValues? Values => LabelValues.Of(Column);

    public override IMetric Metric { get; } = new Accuracy();

    public override string MissingLabelAdvice => Advice;

    public override DataViewSchema.Column Find(DataViewSchema schema) => ColumnChecks.Classes(schema, ColumnName);

    // A validation set that was mapped by another MapValueToKey has other numbers for the same classes.
    public override void CheckValidation(DataViewSchema schema)
    {
        DataViewSchema.Column other = Find(schema);
        if (other.Type is KeyDataViewType key && key.Count == (ulong)OutputCount && Equals(Values, LabelValues.Of(other)))
            return;
        throw new ArgumentException(
            $"The labels of the validation set are mapped differently from those of the training data: "
            + $"column '{ColumnName}' has {Shown(other)} there and {Shown(Column)} here. "
            + "Fit one MapValueToKey on the training data and transform both sets with it.", nameof(DeLoRATextOptions.ValidationSet));

        static string Shown(DataViewSchema.Column column) => LabelValues.Of(column) is { } values
            ? $"the classes {string.Join(", ", values.Texts.Take(10).Select(t => $"'{t}'"))}{(values.Texts.Count > 10 ? ", ..." : "")}"
            : $"the type {column.Type}";
    }

    public override Func<List<float>, bool> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose) => Keys(row, label);

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

    public override TrainingData CreateData(TokenizedDataset texts, IReadOnlyList<float> targets)
        => TrainingData.Classification(texts, [.. targets.Select(t => (int)t)], OutputCount);

    public override void CheckTraining(LabelledTexts rows, IChannel channel)
    {
        if (rows.LabelsAreEqual)
            throw new InvalidOperationException($"All {rows.Count:N0} training rows have the same label in column '{ColumnName}'; "
                + "a classifier needs rows of at least two classes. Was the data sorted by label and then cut?");
    }
}
