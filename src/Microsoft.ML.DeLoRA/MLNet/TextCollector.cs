namespace Microsoft.ML.DeLoRA.MLNet;

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
