namespace Microsoft.ML.Data;

/// <summary>The value of one column in the current row.</summary>
internal abstract class ColumnBuffer
{
    public abstract Delegate Getter { get; }

    public abstract void Fill();

    public static ColumnBuffer Create(BufferedCursor owner, DataViewRow source, DataViewSchema.Column column) =>
        column.Type is VectorDataViewType vector
            ? (ColumnBuffer)Getters.Create(typeof(VectorBuffer<>), [vector.ItemType.RawType], owner, source, column)
            : (ColumnBuffer)Getters.Create(typeof(ScalarBuffer<>), [column.Type.RawType], owner, source, column);

    private sealed class ScalarBuffer<T> : ColumnBuffer
    {
        private readonly ValueGetter<T> _source;
        private T _value;

        public ScalarBuffer(BufferedCursor owner, DataViewRow source, DataViewSchema.Column column)
        {
            _source = source.GetGetter<T>(column);
            Getter = (ValueGetter<T>)((ref T value) =>
            {
                owner.CheckGood();
                value = _value;
            });
        }

        public override Delegate Getter { get; }

        public override void Fill() => _source(ref _value);
    }

    private sealed class VectorBuffer<T> : ColumnBuffer
    {
        private readonly ValueGetter<VBuffer<T>> _source;
        private VBuffer<T> _value;

        public VectorBuffer(BufferedCursor owner, DataViewRow source, DataViewSchema.Column column)
        {
            _source = source.GetGetter<VBuffer<T>>(column);
            Getter = (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
            {
                owner.CheckGood();
                _value.CopyTo(ref value);
            });
        }

        public override Delegate Getter { get; }

        public override void Fill() => _source(ref _value);
    }
}
