using System.Collections;

namespace Microsoft.ML;

/// <summary>The columns of a view. Of several columns with one name the last is found by name, the others are hidden.</summary>
public sealed partial class DataViewSchema : IReadOnlyList<DataViewSchema.Column>
{
    private readonly Column[] _columns;
    private readonly Dictionary<string, int> _lastOfName = new(StringComparer.Ordinal);

    private DataViewSchema(IReadOnlyList<DetachedColumn> columns)
    {
        for (int i = 0; i < columns.Count; i++)
            _lastOfName[columns[i].Name] = i;
        _columns = columns
            .Select((c, i) => new Column(c.Name, i, _lastOfName[c.Name] != i, c.Type, c.Annotations))
            .ToArray();
    }

    public int Count => _columns.Length;

    public Column this[string name]
    {
        get
        {
            Contracts.CheckValue(name, nameof(name));
            return GetColumnOrNull(name) ?? throw Contracts.ExceptParam(nameof(name), $"Column '{name}' not found");
        }
    }

    public Column this[int columnIndex]
    {
        get
        {
            Contracts.CheckParam(0 <= columnIndex && columnIndex < Count, nameof(columnIndex));
            return _columns[columnIndex];
        }
    }

    public Column? GetColumnOrNull(string name) => _lastOfName.TryGetValue(name, out int index) ? _columns[index] : null;

    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)_columns).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{Count} columns {{{string.Join(", ", _columns)}}}";
}
