using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// A cursor that reads a window of rows ahead, scores them in batches, and then moves over them. It keeps the values of the active
/// columns, since the input's cursor has moved on.
/// </summary>
internal sealed class LookAheadCursor : DataViewRowCursor
{
    // The first window is small, for those who look at a few rows only.
    private const int FirstWindow = 32;
    private const int LargestWindow = 1024;

    private readonly TextScorer _scorer;
    private readonly ActiveColumns _active;
    private readonly DataViewRowCursor _source;
    private readonly TextCollector _texts;
    private readonly RowBuffer[] _buffers;
    private readonly Delegate?[] _getters;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private readonly DataViewRowId[] _ids = new DataViewRowId[LargestWindow];
    private readonly (long Position, long Batch)[] _places = new (long, long)[LargestWindow];

    private ReadOnlyMemory<float> _scores;
    private int _window = FirstWindow;
    private int _count;
    private int _current = -1;
    private long _truncated;
    private bool _ended;

    public LookAheadCursor(TextScorer scorer, ActiveColumns active, DataViewRowCursor source)
    {
        (_scorer, _active, _source) = (scorer, active, source);
        _texts = new TextCollector(source, active.Schema.Texts);
        _idGetter = source.GetIdGetter();
        var buffers = new List<RowBuffer>();
        _getters = active.CreateGetters(scorer, Scores, column =>
        {
            var buffer = RowBuffer.Create(source, column, Current);
            buffers.Add(buffer);
            return buffer.Getter;
        });
        _buffers = [.. buffers];
    }

    // A cursor that nobody disposed must not keep the threads with which a source, such as ML.NET's text loader, reads ahead.
    ~LookAheadCursor() => _source?.Dispose();

    public override DataViewSchema Schema => _active.Schema.Output;

    public override long Position => _ended || _current < 0 ? -1 : _places[_current].Position;

    // Rows that were read together keep the batch numbers of the input, by which parallel cursors are put in order again.
    public override long Batch => _ended || _current < 0 ? _source.Batch : _places[_current].Batch;

    public override bool MoveNext()
    {
        if (_ended)
            return false;
        if (++_current < _count)
            return true;
        ReadAhead();
        _current = 0;
        if (_count > 0)
            return true;
        End();
        return false;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[Current()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _active.Require(column);
        return ActiveColumns.Cast<TValue>(_getters[column.Index]!, column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            End();
        base.Dispose(disposing);
    }

    private void ReadAhead()
    {
        _texts.Clear();
        _count = 0;
        while (_count < _window && _source.MoveNext())
        {
            _texts.Add();
            _idGetter(ref _ids[_count]);
            _places[_count] = (_source.Position, _source.Batch);
            foreach (RowBuffer buffer in _buffers)
                buffer.Store(_count);
            _count++;
        }
        _window = Math.Min(2 * _window, LargestWindow);
        if (_count == 0)
            return;
        var result = _scorer.Model.Predict(_texts.First, _texts.Second, row => $"row {_places[row].Position}");
        _scores = result.Values;
        _truncated += result.TruncatedRows;
    }

    private ReadOnlyMemory<float> Scores()
    {
        int outputs = _scorer.Model.Description.OutputCount;
        return _scores.Slice(Current() * outputs, outputs);
    }

    private int Current() => !_ended && _current >= 0
        ? _current
        : throw new InvalidOperationException("There is no current row: call MoveNext first, and stop when it returns false.");

    private void End()
    {
        if (_ended)
            return;
        _ended = true;
        _source.Dispose();
        GC.SuppressFinalize(this);
        if (_truncated == 0)
            return;
        using IChannel channel = _scorer.Host.Start("Prediction");
        channel.Warning(MessageSensitivity.None, TruncationMessage.Of(_truncated, _scorer.Model.Description.MaxLength));
    }
}

/// <summary>The values of one column for the rows that were read ahead.</summary>
internal abstract class RowBuffer
{
    /// <summary>The getter of the current row's value.</summary>
    public abstract Delegate Getter { get; }

    /// <summary>Keeps the source row's value as that of row <paramref name="index"/>.</summary>
    public abstract void Store(int index);

    /// <summary>A buffer for a column of any type.</summary>
    /// <param name="source">The row that is read.</param>
    /// <param name="column">The column; active in the source.</param>
    /// <param name="current">The number of the row whose value the getter gives; throws when there is none.</param>
    public static RowBuffer Create(DataViewRow source, DataViewSchema.Column column, Func<int> current)
    {
        Type raw = column.Type.RawType;
        bool isVector = raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>);
        Type type = isVector
            ? typeof(OfVectors<>).MakeGenericType(raw.GetGenericArguments())
            : typeof(OfValues<>).MakeGenericType(raw);
        return (RowBuffer)Activator.CreateInstance(type, source, column, current)!;
    }

    private abstract class Of<T>(DataViewRow source, DataViewSchema.Column column) : RowBuffer
    {
        private readonly ValueGetter<T> _source = source.GetGetter<T>(column);
        private T[] _values = [];

        protected ref T this[int index] => ref _values[index];

        public sealed override void Store(int index)
        {
            if (index >= _values.Length)
                Array.Resize(ref _values, Math.Max(16, 2 * _values.Length));
            _source(ref _values[index]);
        }
    }

    private sealed class OfValues<T> : Of<T>
    {
        public OfValues(DataViewRow source, DataViewSchema.Column column, Func<int> current)
            : base(source, column)
            => Getter = (ValueGetter<T>)((ref T value) => value = this[current()]);

        public override Delegate Getter { get; }
    }

    // A vector shares its memory when assigned; the caller's must be its own.
    private sealed class OfVectors<T> : Of<VBuffer<T>>
    {
        public OfVectors(DataViewRow source, DataViewSchema.Column column, Func<int> current)
            : base(source, column)
            => Getter = (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => this[current()].CopyTo(ref value));

        public override Delegate Getter { get; }
    }
}
