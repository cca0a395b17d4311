namespace Microsoft.ML.Data;

/// <summary>
/// Computes every active column once per row, whether its getter is called or not, as the real library's parallel cursors do.
/// </summary>
internal sealed class BufferedCursor : DataViewRowCursor
{
    private const string NotOnARow = "Cannot get value as the cursor is not in a good state";

    private readonly IChannel _channel;
    private readonly DataViewRowCursor _input;
    private readonly ColumnBuffer[] _buffers;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private bool _disposed;

    public BufferedCursor(IChannelProvider provider, DataViewRowCursor input, bool[] active)
    {
        _channel = provider.Start("Consolidate");
        _input = input;
        _idGetter = input.GetIdGetter();
        _buffers = input.Schema
            .Select(c => active[c.Index] ? ColumnBuffer.Create(this, input, c) : null)
            .ToArray();
    }

    public override DataViewSchema Schema => _input.Schema;

    public override long Position => _disposed ? -1 : _input.Position;

    public override long Batch => -1;

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (!_input.MoveNext())
        {
            Dispose();
            return false;
        }
        foreach (ColumnBuffer buffer in _buffers)
            buffer?.Fill();
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Contracts.CheckParam(column.Index < _buffers.Length, nameof(column));
        return _buffers[column.Index] is not null;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        CheckGood();
        _idGetter(ref value);
    };

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Contracts.CheckParam(column.Index < _buffers.Length, nameof(column));
        ColumnBuffer buffer = _buffers[column.Index] ?? throw Contracts.ExceptParam(nameof(column), "requested column not active.");
        return Getters.Cast<TValue>(buffer.Getter);
    }

    internal void CheckGood() => Contracts.Check(Position >= 0, NotOnARow);

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        _input.Dispose();
        _channel.Dispose();
        base.Dispose(disposing);
    }
}
