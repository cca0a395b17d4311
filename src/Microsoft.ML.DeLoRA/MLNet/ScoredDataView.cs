namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// A table with a scorer's columns. Lazy: nothing is read or computed before a cursor moves, and the model runs only when one of
/// its columns is active.
/// </summary>
internal sealed class ScoredDataView(TextScorer scorer, IDataView input) : IDataView
{
    private readonly ScoredSchema _schema = new(scorer, input.Schema);

    public DataViewSchema Schema => _schema.Output;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = _schema.Active(columnsNeeded);
        return Cursor(active, input.GetRowCursor(_schema.Needed(active), rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = _schema.Active(columnsNeeded);
        return [.. input.GetRowCursorSet(_schema.Needed(active), n, rand).Select(c => Cursor(active, c))];
    }

    private DataViewRowCursor Cursor(bool[] active, DataViewRowCursor source)
        => _schema.NeedsScores(active) ? new LookAheadCursor(scorer, _schema, active, source) : new PassThroughCursor(_schema, active, source);
}
