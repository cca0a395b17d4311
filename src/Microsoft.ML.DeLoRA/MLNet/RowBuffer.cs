using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The values of one column for the rows that were read ahead.</summary>
internal abstract class RowBuffer
{
    /// <summary>The getter of the current row's value.</summary>
    public abstract Delegate Getter { get; }

    /// <summary>Keeps the source row's value as that of row <paramref name="index"/>.</summary>
    public abstract void Store(int index);

    /// <summary>A buffer for a column of any type.</summary>
    /// <param name="source">The row that is read.</param>
    /// <param name="column">The column; active in the source.</param>
    /// <param name="current">The number of the row whose value the getter gives; throws when there is none.</param>
    public static RowBuffer Create(DataViewRow source, DataViewSchema.Column column, Func<int> current)
    {
        Type raw = column.Type.RawType;
        bool isVector = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>);
        Type type = isVector
            ? typeof(OfVectors<>).MakeGenericType(raw.GetGenericArguments())
            : typeof(OfValues<>).MakeGenericType(raw);
        return (RowBuffer)Activator.CreateInstance(type, source, column, current)!;
    }

    private abstract class Of<T>(DataViewRow source, DataViewSchema.Column column) : RowBuffer
    {
        private readonly ValueGetter<T> _source = source.GetGetter<T>(column);
        private T[] _values = [];

        protected ref T this[int index] => ref _values[index];

        public sealed override void Store(int index)
        {
            if (index >= _values.Length)
                Array.Resize(ref _values, Math.Max(16, 2 * _values.Length));
            _source(ref _values[index]);
        }
    }

    private sealed class OfValues<T> : Of<T>
    {
        public OfValues(DataViewRow source, DataViewSchema.Column column, Func<int> current)
            : base(source, column)
            => Getter = (ValueGetter<T>)((ref T value) => value = this[current()]);

        public override Delegate Getter { get; }
    }

    // A vector shares its memory when assigned; the caller's must be its own.
    private sealed class OfVectors<T> : Of<VBuffer<T>>
    {
        public OfVectors(DataViewRow source, DataViewSchema.Column column, Func<int> current)
            : base(source, column)
            => Getter = (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => this[current()].CopyTo(ref value));

        public override Delegate Getter { get; }
    }
}
