using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The rows of a table as training needs them: texts and class indices.</summary>
internal sealed class LabelledTexts
{
    private readonly IReadOnlyList<string> _first;
    private readonly IReadOnlyList<string>? _second;
    private readonly IReadOnlyList<int> _classes;

    private LabelledTexts(IReadOnlyList<string> first, IReadOnlyList<string>? second, IReadOnlyList<int> classes)
        => (_first, _second, _classes) = (first, second, classes);

    public int Count => _classes.Count;

    /// <summary>How many rows were left out because they have no label.</summary>
    public int RowsWithoutLabel { get; private init; }

    public int DistinctClasses => _classes.Distinct().Count();

    public bool HasText => _first.Concat(_second ?? []).Any(t => !string.IsNullOrWhiteSpace(t));

    /// <summary>Reads a table once, from first row to last.</summary>
    /// <param name="data">The table.</param>
    /// <param name="label">Its label column.</param>
    /// <param name="texts">Its text columns, one or two.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    public static LabelledTexts Read(IDataView data, DataViewSchema.Column label, DataViewSchema.Column[] texts, CancellationToken cancellationToken)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([label, .. texts]);
        var collector = new TextCollector(cursor, texts);
        Func<ulong> key = KeyReader(cursor, label);
        var classes = new List<int>();
        int missing = 0;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            ulong value = key();
            if (value == 0)
            {
                missing++;
                continue;
            }
            // A key counts from 1.
            classes.Add((int)value - 1);
            collector.Add();
        }
        return new LabelledTexts(collector.First, collector.Second, classes) { RowsWithoutLabel = missing };
    }

    /// <summary>Draws rows by chance: about that share of them, at least one, and at least one is left.</summary>
    public (LabelledTexts Kept, LabelledTexts Drawn) Split(double fraction, int seed)
    {
        int[] order = [.. Enumerable.Range(0, Count)];
        new Random(seed).Shuffle(order);
        int drawn = Math.Clamp((int)Math.Round(fraction * Count), 1, Math.Max(1, Count - 1));
        return (Take([.. order[drawn..].Order()]), Take([.. order[..drawn].Order()]));
    }

    public TrainingData Tokenize(RobertaTokenizer tokenizer, int maxLength, int classCount, out int truncatedRows, CancellationToken cancellationToken)
    {
        TokenizedDataset tokens = TokenizedDataset.Create(tokenizer, _first, _second, maxLength, cancellationToken: cancellationToken);
        truncatedRows = tokens.TruncatedRows;
        return TrainingData.Classification(tokens, _classes, classCount);
    }

    private LabelledTexts Take(int[] rows)
        => new(
            [.. rows.Select(r => _first[r])],
            _second is null ? null : [.. rows.Select(r => _second[r])],
            [.. rows.Select(r => _classes[r])]);

    private static Func<ulong> KeyReader(DataViewRow row, DataViewSchema.Column label)
    {
        Type raw = label.Type.RawType;
        return raw == typeof(uint) ? Reader<uint>(v => v)
            : raw == typeof(byte) ? Reader<byte>(v => v)
            : raw == typeof(ushort) ? Reader<ushort>(v => v)
            : Reader<ulong>(v => v);

        Func<ulong> Reader<T>(Func<T, ulong> widen)
        {
            ValueGetter<T> getter = row.GetGetter<T>(label);
            return () =>
            {
                T value = default!;
                getter(ref value);
                return widen(value);
            };
        }
    }
}
