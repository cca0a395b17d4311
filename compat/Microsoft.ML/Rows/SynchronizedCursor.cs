namespace Microsoft.ML.Data;

/// <summary>A cursor that stands where its input cursor stands.</summary>
internal abstract class SynchronizedCursor : DataViewRowCursor
{
    private readonly IChannel _channel;
    private bool _disposed;

    protected SynchronizedCursor(IChannelProvider provider, DataViewRowCursor input)
    {
        Input = input;
        _channel = provider.Start("Cursor");
    }

    protected DataViewRowCursor Input { get; }

    public sealed override long Position => Input.Position;

    public sealed override long Batch => Input.Batch;

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    public sealed override bool MoveNext() => Input.MoveNext();

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        Input.Dispose();
        _channel.Dispose();
        base.Dispose(disposing);
    }
}
