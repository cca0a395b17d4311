namespace Microsoft.ML.Data;

/// <summary>A cursor that counts its own rows.</summary>
internal abstract class RootCursor : DataViewRowCursor
{
    private readonly IChannel _channel;
    private long _position = -1;
    private bool _ended;

    protected RootCursor(IChannelProvider provider) => _channel = provider.Start("Cursor");

    public sealed override long Position => _position;

    public override long Batch => 0;

    protected bool IsGood => _position >= 0;

    public sealed override bool MoveNext()
    {
        if (_ended)
            return false;
        if (MoveNextCore())
        {
            _position++;
            return true;
        }
        Dispose();
        return false;
    }

    /// <summary>Moves to the next row; not called again after it returned false.</summary>
    protected abstract bool MoveNextCore();

    protected void CheckGood() => Contracts.Check(IsGood, CursorMessages.NotOnARow);

    protected override void Dispose(bool disposing)
    {
        if (_ended)
            return;
        _ended = true;
        _position = -1;
        _channel.Dispose();
        base.Dispose(disposing);
    }
}

internal static class CursorMessages
{
    public const string NotOnARow = "Values cannot be fetched at this time. " +
        "This method was called either before the first call to MoveNext, or at any point after that method returned false.";
}
