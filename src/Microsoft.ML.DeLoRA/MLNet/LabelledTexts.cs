using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The rows of a table as training needs them: texts, and class indices, numbers or flags.</summary>
internal sealed class LabelledTexts
{
    private readonly TextTask _task;
    private readonly IReadOnlyList<string> _first;
    private readonly IReadOnlyList<string>? _second;
    private readonly RowNames _names;

    private LabelledTexts(
        TextTask task, string labelColumn, IReadOnlyList<string> first, IReadOnlyList<string>? second, IReadOnlyList<float> targets,
        RowNames names)
        => (_task, LabelColumn, _first, _second, Targets, _names) = (task, labelColumn, first, second, targets, names);

    /// <summary>The name of the column that the targets are from.</summary>
    public string LabelColumn { get; }

    public int Count => _first.Count;

    /// <summary>What the label column says, row by row; in multi-label several numbers a row.</summary>
    public IReadOnlyList<float> Targets { get; }

    /// <summary>How many rows were left out because they have no label.</summary>
    public int RowsWithoutLabel { get; private init; }

    public bool LabelsAreEqual => Targets.All(t => t == Targets[0]);

    public bool HasText => _first.Concat(_second ?? []).Any(t => !string.IsNullOrWhiteSpace(t));

    /// <summary>Reads a table once, from first row to last.</summary>
    /// <param name="data">The table.</param>
    /// <param name="task">What its label column means.</param>
    /// <param name="label">That column, checked.</param>
    /// <param name="texts">Its text columns, one or two, checked.</param>
    /// <param name="purpose">What the rows are for, in messages: training or validation.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    public static LabelledTexts Read(
        IDataView data, TextTask task, DataViewSchema.Column label, DataViewSchema.Column[] texts, string purpose,
        CancellationToken cancellationToken)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([label, .. texts]);
        var collector = new TextCollector(cursor, texts);
        Func<List<float>, bool> addTargets = task.CreateReader(cursor, label, purpose);
        var targets = new List<float>();
        var numbers = new List<int>();
        int missing = 0;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!addTargets(targets))
            {
                missing++;
                continue;
            }
            collector.Add();
            numbers.Add((int)cursor.Position);
        }
        var names = new RowNames(numbers, purpose);
        return new LabelledTexts(task, label.Name, collector.First, collector.Second, targets, names) { RowsWithoutLabel = missing };
    }

    /// <summary>Draws rows by chance: about that share of them, at least one, and at least one is left.</summary>
    public (LabelledTexts Kept, LabelledTexts Drawn) Split(double fraction, int seed)
    {
        int[] order = [.. Enumerable.Range(0, Count)];
        new Random(Seeds.For(seed, SeedPurpose.ValidationSplit)).Shuffle(order);
        int drawn = Math.Clamp((int)Math.Round(fraction * Count), 1, Math.Max(1, Count - 1));
        return (Take([.. order[drawn..].Order()]), Take([.. order[..drawn].Order()]));
    }

    public TrainingData Tokenize(ITextTokenizer tokenizer, int maxLength, out int truncatedRows, CancellationToken cancellationToken)
    {
        TokenizedDataset tokens = TokenizedDataset.CreateNamed(tokenizer, _first, _second, maxLength, _names.NameOf, cancellationToken);
        truncatedRows = tokens.TruncatedRows;
        return _task.CreateData(tokens, Targets).Named(_names);
    }

    private LabelledTexts Take(int[] rows)
    {
        int width = Targets.Count / Count;
        return new LabelledTexts(
            _task,
            LabelColumn,
            [.. rows.Select(r => _first[r])],
            _second is null ? null : [.. rows.Select(r => _second[r])],
            [.. rows.SelectMany(r => Enumerable.Range(r * width, width)).Select(i => Targets[i])],
            _names with { Numbers = [.. rows.Select(_names.NumberOf)] });
    }
}

/// <summary>Collects the texts of the rows that a cursor moves over.</summary>
internal sealed class TextCollector
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _first;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _second;

    /// <param name="row">The row; its text columns are active.</param>
    /// <param name="columns">One or two text columns.</param>
    public TextCollector(DataViewRow row, IReadOnlyList<DataViewSchema.Column> columns)
    {
        _first = row.GetGetter<ReadOnlyMemory<char>>(columns[0]);
        if (columns.Count > 1)
        {
            _second = row.GetGetter<ReadOnlyMemory<char>>(columns[1]);
            Second = [];
        }
    }

    public List<string> First { get; } = [];

    /// <summary>Null when there is one column only.</summary>
    public List<string>? Second { get; }

    /// <summary>Adds the texts of the current row.</summary>
    public void Add()
    {
        First.Add(Value(_first));
        if (_second is not null)
            Second!.Add(Value(_second));
    }

    public void Clear()
    {
        First.Clear();
        Second?.Clear();
    }

    private static string Value(ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> value = default;
        getter(ref value);
        return value.ToString();
    }
}
