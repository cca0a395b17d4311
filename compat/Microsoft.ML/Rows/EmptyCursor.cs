namespace Microsoft.ML.Data;

/// <summary>A cursor without rows.</summary>
internal sealed class EmptyCursor(IChannelProvider provider, DataViewSchema schema, bool[] active) : RootCursor(provider)
{
    public override DataViewSchema Schema => schema;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => (ref TValue value) => CheckGood();

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => CheckGood();

    protected override bool MoveNextCore() => false;
}
