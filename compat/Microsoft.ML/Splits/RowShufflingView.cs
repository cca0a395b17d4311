namespace Microsoft.ML.Data;

/// <summary>A view whose rows come in another order: each is drawn from a pool of the rows that follow in the source.</summary>
internal sealed class RowShufflingView : DataViewBase
{
    private readonly IDataView _input;
    private readonly int _poolSize;
    private readonly bool _shuffleSource;
    private readonly uint _seed;

    public RowShufflingView(IHostEnvironment env, IDataView input, int? seed, int poolSize, bool shuffleSource)
        : base(env, nameof(RowShufflingView))
    {
        _input = input;
        _poolSize = poolSize;
        _shuffleSource = shuffleSource;
        _seed = seed is { } given ? (uint)given : ((TauswortheHybrid)Host.Rand).NextBits();
    }

    public override DataViewSchema Schema => _input.Schema;

    public override bool CanShuffle => true;

    public override long? GetRowCount() => _input.GetRowCount();

    protected override DataViewRowCursor CreateCursor(bool[] active, Random rand)
    {
        Random own = rand ?? new TauswortheHybrid(_seed);
        Random source = _shuffleSource ? RandomUtils.Create(own) : null;
        return new Cursor(Host, _input.GetRowCursor(Schema.Where(active), source), active, _poolSize, own);
    }

    /// <summary>Keeps the pool's rows in slots; the row that goes out leaves its slot to the next row that comes in.</summary>
    private sealed class Cursor : RootCursor
    {
        private readonly DataViewRowCursor _input;
        private readonly RowSlots _slots;
        private readonly List<int> _pool = [];
        private readonly int _poolSize;
        private readonly Random _rand;
        private int _current = -1;
        private int _first;

        public Cursor(IChannelProvider provider, DataViewRowCursor input, bool[] active, int poolSize, Random rand) : base(provider)
        {
            _input = input;
            _slots = new RowSlots(input, active);
            _poolSize = poolSize;
            _rand = rand;
        }

        public override DataViewSchema Schema => _input.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _slots.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            _slots.GetGetter<TValue>(column, CurrentSlot);

        public override ValueGetter<DataViewRowId> GetIdGetter() => _slots.GetIdGetter(CurrentSlot);

        protected override bool MoveNextCore()
        {
            Refill();
            int waiting = _pool.Count - _first;
            if (waiting == 0)
                return false;
            int chosen = _first + _rand.Next(waiting);
            (_pool[_first], _pool[chosen]) = (_pool[chosen], _pool[_first]);
            _current = _pool[_first++];
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            _input.Dispose();
            base.Dispose(disposing);
        }

        private void Refill()
        {
            while (_pool.Count - _first < _poolSize && _input.MoveNext())
            {
                int slot = _current >= 0 ? _current : _slots.Count;
                _current = -1;
                _slots.Fill(slot);
                _pool.Add(slot);
            }
            // The order of what waits matters, what is gone does not.
            if (_first > 2 * _poolSize)
            {
                _pool.RemoveRange(0, _first);
                _first = 0;
            }
        }

        private int CurrentSlot()
        {
            CheckGood();
            return _current;
        }
    }
}
