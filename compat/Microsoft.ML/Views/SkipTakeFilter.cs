namespace Microsoft.ML.Data;

/// <summary>Some rows of a view, counted from its start.</summary>
internal sealed class SkipTakeFilter(IHostEnvironment env, IDataView input, long skip, long take) : DataViewBase(env, nameof(SkipTakeFilter))
{
    public override DataViewSchema Schema => input.Schema;

    public override long? GetRowCount() => input.GetRowCount() is { } rows ? Math.Min(Math.Max(0, rows - skip), take) : null;

    protected override DataViewRowCursor CreateCursor(bool[] active, Random rand) =>
        new Cursor(Host, input.GetRowCursor(Schema.Where(active)), skip, take);

    private sealed class Cursor(IChannelProvider provider, DataViewRowCursor input, long skip, long take) : FilterCursor(provider, input)
    {
        protected override bool MoveNextCore()
        {
            if (Position < 0)
            {
                for (long i = 0; i < skip; i++)
                {
                    if (!Input.MoveNext())
                        return false;
                }
            }
            return Position + 1 < take && Input.MoveNext();
        }
    }
}
