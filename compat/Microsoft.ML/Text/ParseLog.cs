namespace Microsoft.ML.Data;

/// <summary>Tells of bad values and format errors, the first few of each kind one by one, all of them in a summary.</summary>
internal sealed class ParseLog(IChannelProvider provider)
{
    private const int Shown = 10;

    private IChannel _channel;
    private long _rows;
    private long _badValues;
    private long _formatErrors;

    private IChannel Channel => _channel ??= provider.Start("ParseStats");

    public void RowRead() => _rows++;

    public void BadValue(TextLine line, string column, int? slot)
    {
        string where = slot is null ? "" : $" at slot {slot}";
        if (++_badValues <= Shown)
            Channel.Info(MessageSensitivity.Schema, $"  Bad value at line {line.Number} in column {column}{where}");
    }

    public void FormatError(TextLine line, TextField field)
    {
        if (++_formatErrors <= Shown)
        {
            Channel.Warning(MessageSensitivity.Schema,
                $"Format error at {line.Path}({line.Number},{field.Start + 1})-({line.Number},{field.End + 1}): Illegal quoting");
        }
    }

    public void Finish()
    {
        if (_badValues > 0 || _formatErrors > 0)
            Channel.Info(MessageSensitivity.Schema, $"Processed {_rows} rows with {_badValues} bad values and {_formatErrors} format errors");
        _channel?.Dispose();
        _channel = null;
        _badValues = _formatErrors = 0;
    }
}
