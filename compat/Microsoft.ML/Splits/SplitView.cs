namespace Microsoft.ML.Data;

/// <summary>The rows of a view that lie in a range of places, or (complement) all placed rows outside it; in source order.</summary>
internal sealed class SplitView(IHostEnvironment env, IDataView input, RowPositions positions, SplitRange range, bool complement)
    : DataViewBase(env, nameof(SplitView))
{
    public override DataViewSchema Schema => input.Schema;

    public override long? GetRowCount() => null;

    protected override DataViewRowCursor CreateCursor(bool[] active, Random rand)
    {
        DataViewRowCursor cursor = input.GetRowCursor(Schema.Where(active).Concat(positions.Needed).DistinctBy(c => c.Index));
        return new Cursor(Host, cursor, active, positions.Create(cursor), range, complement);
    }

    private sealed class Cursor(IChannelProvider provider, DataViewRowCursor input, bool[] active, Func<double> position,
        SplitRange range, bool complement)
        : FilterCursor(provider, input)
    {
        public override bool IsColumnActive(DataViewSchema.Column column)
        {
            Contracts.CheckParam(column.Index < active.Length, nameof(column));
            return active[column.Index];
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.CheckParam(IsColumnActive(column), nameof(column), "requested column not active.");
            return base.GetGetter<TValue>(column);
        }

        protected override bool MoveNextCore()
        {
            while (Input.MoveNext())
            {
                double place = position();
                if (!double.IsNaN(place) && range.Contains(place) != complement)
                    return true;
            }
            return false;
        }
    }
}

/// <summary>A range of places; its lower end always belongs to it.</summary>
internal readonly record struct SplitRange(double Lower, double Upper, bool IncludeUpper)
{
    public bool Contains(double place) => Lower <= place && (place < Upper || (IncludeUpper && place == Upper));
}
