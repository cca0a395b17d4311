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
    private readonly ScoredSchema _schema;
    private readonly bool[] _active;
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

    public LookAheadCursor(TextScorer scorer, ScoredSchema schema, bool[] active, DataViewRowCursor source)
    {
        (_scorer, _schema, _active, _source) = (scorer, schema, active, source);
        _texts = new TextCollector(source, scorer.Inputs(schema.Input));
        _idGetter = source.GetIdGetter();
        _getters = new Delegate?[active.Length];
        var buffers = new List<RowBuffer>();
        for (int i = 0; i < active.Length; i++)
        {
            if (!active[i])
                continue;
            if (schema.IsAdded(i))
            {
                _getters[i] = scorer.Outputs.CreateGetter(i - schema.Input.Count, Scores);
                continue;
            }
            var buffer = RowBuffer.Create(source, schema.Input[i], Current);
            buffers.Add(buffer);
            _getters[i] = buffer.Getter;
        }
        _buffers = [.. buffers];
    }

    // A cursor that nobody disposed must not keep the threads with which a source, such as ML.NET's text loader, reads ahead.
    ~LookAheadCursor() => _source?.Dispose();

    public override DataViewSchema Schema => _schema.Output;

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

    public override bool IsColumnActive(DataViewSchema.Column column) => ActiveColumns.IsActive(_active, column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[Current()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        ActiveColumns.Require(_active, column);
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
