namespace Microsoft.ML.Data;

/// <summary>Copies of rows of a cursor, each in a numbered slot.</summary>
internal sealed class RowSlots
{
    private readonly Column[] _columns;
    private readonly Column<DataViewRowId> _ids;

    public RowSlots(DataViewRow input, bool[] active)
    {
        _ids = new Column<DataViewRowId>(input.GetIdGetter());
        _columns = input.Schema
            .Select(c => active[c.Index] ? Create(input, c) : null)
            .ToArray();
    }

    public int Count => _ids.Count;

    /// <summary>Copies the current row into a slot: a used one, or the first unused.</summary>
    public void Fill(int slot)
    {
        _ids.Fill(slot);
        foreach (Column column in _columns)
            column?.Fill(slot);
    }

    public bool IsColumnActive(DataViewSchema.Column column)
    {
        Contracts.CheckParam(column.Index < _columns.Length, nameof(column));
        return _columns[column.Index] is not null;
    }

    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column, Func<int> slot)
    {
        Contracts.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
        return Getters.Cast<TValue>(_columns[column.Index].CreateGetter(slot));
    }

    public ValueGetter<DataViewRowId> GetIdGetter(Func<int> slot) => (ValueGetter<DataViewRowId>)_ids.CreateGetter(slot);

    private static Column Create(DataViewRow input, DataViewSchema.Column column) => column.Type is VectorDataViewType vector
        ? (Column)Getters.Create(typeof(VectorColumn<>), [vector.ItemType.RawType], input.GetGetter(column))
        : (Column)Getters.Create(typeof(Column<>), [column.Type.RawType], input.GetGetter(column));

    private abstract class Column
    {
        public abstract void Fill(int slot);

        public abstract Delegate CreateGetter(Func<int> slot);
    }

    private class Column<T>(ValueGetter<T> source) : Column
    {
        private readonly List<T> _values = [];

        public int Count => _values.Count;

        public override void Fill(int slot)
        {
            T value = default;
            source(ref value);
            if (slot == _values.Count)
                _values.Add(value);
            else
                _values[slot] = value;
        }

        public override Delegate CreateGetter(Func<int> slot) => (ValueGetter<T>)((ref T value) => Copy(_values[slot()], ref value));

        protected virtual void Copy(T source, ref T destination) => destination = source;
    }

    private sealed class VectorColumn<T>(ValueGetter<VBuffer<T>> source) : Column<VBuffer<T>>(source)
    {
        protected override void Copy(VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination);
    }
}
