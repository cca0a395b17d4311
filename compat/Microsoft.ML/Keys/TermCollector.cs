namespace Microsoft.ML.Transforms;

/// <summary>Collects the distinct values of one column, row by row.</summary>
internal abstract class TermCollector
{
    /// <summary>Takes the values of the current row.</summary>
    public abstract void Collect(int maximum);

    public abstract TermMap Finish(bool sort);
}

internal sealed class TermCollector<T>(DataViewRow row, DataViewSchema.Column column) : TermCollector
{
    private readonly PrimitiveDataViewType _itemType = (PrimitiveDataViewType)column.Type.GetItemType();
    private readonly Func<IEnumerable<T>> _values = Values(row, column);
    private readonly HashSet<T> _seen = new(TermValues<T>.Equality);
    private readonly List<T> _terms = [];

    public override void Collect(int maximum)
    {
        if (_terms.Count >= maximum)
            return;
        foreach (T value in _values())
        {
            if (_terms.Count >= maximum || TermValues<T>.IsMissing(value, _itemType))
                continue;
            T own = value is ReadOnlyMemory<char> text && !_seen.Contains(value) ? (T)(object)text.ToString().AsMemory() : value;
            if (_seen.Add(own))
                _terms.Add(own);
        }
    }

    public override TermMap Finish(bool sort)
    {
        if (sort)
            _terms.Sort(TermValues<T>.Order);
        return new TermMap<T>(_itemType, _terms.ToArray());
    }

    private static Func<IEnumerable<T>> Values(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<T>> vectorGetter = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> vector = default;
            return () =>
            {
                vectorGetter(ref vector);
                return vector.DenseValues();
            };
        }
        ValueGetter<T> getter = row.GetGetter<T>(column);
        var one = new T[1];
        return () =>
        {
            getter(ref one[0]);
            return one;
        };
    }
}
