using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>By the value of a floating-point column, its smallest at 0 and its largest at 1.</summary>
internal static class ScaledPositions
{
    public static RowPositions Single(IDataView data, DataViewSchema.Column column) => new Scaled<float>(data, column);

    public static RowPositions Double(IDataView data, DataViewSchema.Column column) => new Scaled<double>(data, column);

    /// <summary>Computes in the column's own precision, as the real library does.</summary>
    private sealed class Scaled<T> : RowPositions where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly DataViewSchema.Column _column;
        private readonly T _offset;
        private readonly T _scale;

        public Scaled(IDataView data, DataViewSchema.Column column)
        {
            _column = column;
            T minimum = T.PositiveInfinity;
            T maximum = T.NegativeInfinity;
            foreach (T value in data.GetColumn<T>(column).Where(T.IsFinite))
            {
                minimum = T.Min(minimum, value);
                maximum = T.Max(maximum, value);
            }
            _offset = minimum;
            _scale = maximum > minimum ? T.One / (maximum - minimum) : T.Zero;
        }

        public override IEnumerable<DataViewSchema.Column> Needed => [_column];

        public override Func<double> Create(DataViewRow row)
        {
            ValueGetter<T> getter = row.GetGetter<T>(_column);
            T value = default;
            return () =>
            {
                getter(ref value);
                return double.CreateChecked((value - _offset) * _scale);
            };
        }
    }
}
