namespace Microsoft.ML.Data;

/// <summary>Keeps each column in memory once it has been read to the end.</summary>
internal sealed class CacheDataView : DataViewBase
{
    private readonly IDataView _input;
    private readonly ColumnCache[] _columns;
    private readonly Lock _lock = new();
    private long? _rowCount;

    public CacheDataView(IHostEnvironment env, IDataView input) : base(env, nameof(CacheDataView))
    {
        _input = input;
        _columns = new ColumnCache[input.Schema.Count];
        _rowCount = input.GetRowCount();
    }

    public override DataViewSchema Schema => _input.Schema;

    public override bool CanShuffle => true;

    public override long? GetRowCount() => _rowCount;

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var cursors = new DataViewRowCursor[Math.Max(1, n)];
        cursors[0] = GetRowCursor(columnsNeeded, rand);
        for (int i = 1; i < cursors.Length; i++)
            cursors[i] = new EmptyCursor(Host, Schema, Schema.ActiveColumns(columnsNeeded));
        return cursors;
    }

    protected override DataViewRowCursor CreateCursor(bool[] active, Random rand)
    {
        int[] order = null;
        if (rand is not null)
        {
            Fill(active);
            order = Enumerable.Range(0, checked((int)_rowCount.Value)).ToArray();
            rand.Shuffle(order);
        }
        return new Cursor(this, active, order);
    }

    /// <summary>Reads the columns asked for that are not in memory yet.</summary>
    private void Fill(bool[] active)
    {
        lock (_lock)
        {
            bool[] missing = active.Select((a, i) => a && _columns[i] is null).ToArray();
            if (_rowCount is not null && !missing.Any(m => m))
                return;
            using DataViewRowCursor cursor = _input.GetRowCursor(Schema.Where(missing));
            var caches = Schema.Where(missing).Select(c => (c.Index, Cache: ColumnCache.Create(cursor, c))).ToArray();
            long rows = 0;
            for (; cursor.MoveNext(); rows++)
            {
                foreach ((_, ColumnCache cache) in caches)
                    cache.Add();
            }
            foreach ((int index, ColumnCache cache) in caches)
                _columns[index] = cache;
            _rowCount = rows;
        }
    }

    private sealed class Cursor(CacheDataView owner, bool[] active, int[] order) : RootCursor(owner.Host)
    {
        private bool _filled;

        private int Row => order is null ? (int)Position : order[Position];

        public override DataViewSchema Schema => owner.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < active.Length && active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
        {
            Contracts.Check(IsGood, "Cannot call ID getter in current state");
            value = new DataViewRowId((ulong)Row, 0);
        };

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Contracts.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
            Type rawType = owner.Schema[column.Index].Type.RawType;
            Contracts.Check(rawType == typeof(TValue), $"Invalid TValue: '{typeof(TValue)}', expected type: '{rawType}'.");
            return (ref TValue value) =>
            {
                CheckGood();
                ((ColumnCache<TValue>)owner._columns[column.Index]).Get(Row, ref value);
            };
        }

        protected override bool MoveNextCore()
        {
            if (!_filled)
                owner.Fill(active);
            _filled = true;
            return Position + 1 < owner._rowCount;
        }
    }
}
