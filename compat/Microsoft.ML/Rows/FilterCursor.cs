namespace Microsoft.ML.Data;

/// <summary>A cursor over some rows of its input; values and ids are the input's, positions its own.</summary>
internal abstract class FilterCursor(IChannelProvider provider, DataViewRowCursor input) : RootCursor(provider)
{
    private readonly DataViewRowCursor _input = input;

    protected DataViewRowCursor Input => _input;

    public override DataViewSchema Schema => _input.Schema;

    public sealed override long Batch => _input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _input.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _input.GetGetter<TValue>(column);

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        _input.Dispose();
        base.Dispose(disposing);
    }
}
