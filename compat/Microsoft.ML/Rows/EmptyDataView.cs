namespace Microsoft.ML.Data;

/// <summary>A view without rows, to carry a schema.</summary>
internal sealed class EmptyDataView(IHostEnvironment env, DataViewSchema schema) : DataViewBase(env, nameof(EmptyDataView))
{
    public override DataViewSchema Schema => schema;

    public override bool CanShuffle => true;

    public override long? GetRowCount() => 0;

    protected override DataViewRowCursor CreateCursor(bool[] active, Random rand) => new EmptyCursor(Host, schema, active);
}
