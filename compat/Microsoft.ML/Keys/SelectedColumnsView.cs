namespace Microsoft.ML.Transforms;

/// <summary>Some columns of a view, in another order.</summary>
internal sealed class SelectedColumnsView(IHostEnvironment env, IDataView input, int[] sources)
    : DataViewBase(env, nameof(SelectedColumnsView)), IRowToRowMapper
{
    public override DataViewSchema Schema { get; } = Select(input.Schema, sources);

    public override bool CanShuffle => input.CanShuffle;

    DataViewSchema IRowToRowMapper.InputSchema => input.Schema;

    DataViewSchema IRowToRowMapper.OutputSchema => Schema;

    public static DataViewSchema Select(DataViewSchema schema, int[] sources)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(sources.Select(i => schema[i]));
        return builder.ToSchema();
    }

    public override long? GetRowCount() => input.GetRowCount();

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        Sources(Schema.ActiveColumns(dependingColumns));

    public DataViewRow GetRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(row, nameof(row));
        Contracts.CheckValue(activeColumns, nameof(activeColumns));
        return new Row(new Selected(this, row, Schema.ActiveColumns(activeColumns)));
    }

    protected override DataViewRowCursor CreateCursor(bool[] active, Random rand)
    {
        DataViewRowCursor cursor = input.GetRowCursor(Sources(active), rand);
        return new Cursor(Host, cursor, new Selected(this, cursor, active));
    }

    private DataViewSchema.Column[] Sources(bool[] active) =>
        Enumerable.Range(0, active.Length).Where(i => active[i]).Select(i => sources[i]).Distinct().Select(i => input.Schema[i]).ToArray();

    private DataViewSchema.Column Source(DataViewSchema.Column column)
    {
        Contracts.CheckParam(column.Index < sources.Length, nameof(column));
        return input.Schema[sources[column.Index]];
    }

    private readonly record struct Selected(SelectedColumnsView View, DataViewRow Input, bool[] Active)
    {
        public bool IsColumnActive(DataViewSchema.Column column)
        {
            Contracts.CheckParam(column.Index < Active.Length, nameof(column));
            return Active[column.Index];
        }

        public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(View.Source(column));
    }

    private sealed class Cursor(IChannelProvider provider, DataViewRowCursor input, Selected selected) : SynchronizedCursor(provider, input)
    {
        public override DataViewSchema Schema => selected.View.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => selected.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => selected.GetGetter<TValue>(column);
    }

    private sealed class Row(Selected selected) : DataViewRow
    {
        public override DataViewSchema Schema => selected.View.Schema;

        public override long Position => selected.Input.Position;

        public override long Batch => selected.Input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => selected.Input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => selected.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => selected.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing) => selected.Input.Dispose();
    }
}
