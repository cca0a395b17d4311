using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>A cursor over a scored table when none of the scorer's columns is asked for: the input's cursor under the table's schema.</summary>
internal sealed class PassThroughCursor(ScoredSchema schema, bool[] active, DataViewRowCursor source) : DataViewRowCursor
{
    // As in LookAheadCursor.
    ~PassThroughCursor() => source.Dispose();

    public override DataViewSchema Schema => schema.Output;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool MoveNext() => source.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => ActiveColumns.IsActive(active, column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ActiveColumns.Require(active, column);
        return source.GetGetter<TValue>(schema.Input[column.Index]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
            GC.SuppressFinalize(this);
        }
        base.Dispose(disposing);
    }
}
