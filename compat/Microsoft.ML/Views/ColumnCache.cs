namespace Microsoft.ML.Data;

/// <summary>All values of one column.</summary>
internal abstract class ColumnCache
{
    /// <summary>Keeps the value of the source's current row.</summary>
    public abstract void Add();

    public static ColumnCache Create(DataViewRow source, DataViewSchema.Column column) =>
        column.Type is VectorDataViewType vector
            ? (ColumnCache)Getters.Create(typeof(VectorCache<>), [vector.ItemType.RawType], source, column)
            : (ColumnCache)Getters.Create(typeof(ScalarCache<>), [column.Type.RawType], source, column);

    private sealed class ScalarCache<T>(DataViewRow source, DataViewSchema.Column column) : ColumnCache<T>(source, column)
    {
        public override void Get(int row, ref T value) => value = Values[row];
    }

    private sealed class VectorCache<T>(DataViewRow source, DataViewSchema.Column column) : ColumnCache<VBuffer<T>>(source, column)
    {
        public override void Get(int row, ref VBuffer<T> value) => Values[row].CopyTo(ref value);
    }
}

internal abstract class ColumnCache<T>(DataViewRow source, DataViewSchema.Column column) : ColumnCache
{
    private readonly ValueGetter<T> _getter = source.GetGetter<T>(column);

    protected List<T> Values { get; } = [];

    public abstract void Get(int row, ref T value);

    public sealed override void Add()
    {
        // A fresh value each time, so that no row shares memory with the next.
        T value = default;
        _getter(ref value);
        Values.Add(value);
    }
}
