namespace Microsoft.ML.Data;

/// <summary>A view of objects, enumerated anew by every cursor.</summary>
internal sealed class StreamingDataView<TRow>(IHostEnvironment env, IEnumerable<TRow> data, SchemaDefinition definition)
    : DataViewBase(env, "StreamingDataView")
    where TRow : class
{
    private readonly ObjectColumns<TRow> _columns = new(definition);

    private IEnumerable<TRow> Data => data;

    public override DataViewSchema Schema => _columns.Schema;

    public override long? GetRowCount() => (data as ICollection<TRow>)?.Count;

    protected override DataViewRowCursor CreateCursor(bool[] active, Random rand) => new Cursor(this, active);

    private sealed class Cursor : RootCursor
    {
        private readonly StreamingDataView<TRow> _owner;
        private readonly IEnumerator<TRow> _objects;
        private readonly Delegate[] _getters;
        private TRow _current;

        public Cursor(StreamingDataView<TRow> owner, bool[] active) : base(owner.Host)
        {
            _owner = owner;
            _objects = owner.Data.GetEnumerator();
            _getters = active.Select((a, i) => a ? owner._columns.CreateGetter(i, () => _current) : null).ToArray();
        }

        public override DataViewSchema Schema => _owner.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _getters[column.Index] is not null;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => ObjectColumns<TRow>.Find<TValue>(_getters, column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
        {
            CheckGood();
            value = new DataViewRowId((ulong)Position, 0);
        };

        protected override bool MoveNextCore()
        {
            bool moved = _objects.MoveNext();
            _current = moved ? _objects.Current : null;
            Contracts.Check(!moved || _current is not null, "Encountered null when iterating over data, this is not supported.");
            return moved;
        }

        protected override void Dispose(bool disposing)
        {
            _current = null;
            _objects.Dispose();
            base.Dispose(disposing);
        }
    }
}
