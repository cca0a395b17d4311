namespace Microsoft.ML.DeLoRA.IO;

/// <summary>
/// Reads UTF-8 text line by line. Lines end as in Python: with \n, \r\n or \r, and with nothing else. A line is given out as soon as its
/// end has come: a pipe whose writer waits for an answer gets it.
/// </summary>
/// <param name="stream">The bytes; disposed with the reader.</param>
/// <param name="source">What they are, for messages: a path.</param>
/// <remarks>For one thread.</remarks>
internal sealed class Utf8LineReader(Stream stream, string source) : IDisposable
{
    private const int LongestLine = 200_000_000;

    private byte[] _buffer = new byte[65_536];
    private int _begin;
    private int _end;
    private long _discarded;
    private bool _ended;
    private bool _mayHaveNewLine;

    /// <summary>The number, from 1, of the line that was read last; 0 before the first.</summary>
    public int Number { get; private set; }

    /// <summary>Whether the next line has come already, so that reading it does not wait.</summary>
    public bool HasLine
    {
        get
        {
            SkipNewLine();
            return Unread.ContainsAny((byte)'\n', (byte)'\r');
        }
    }

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_begin, _end - _begin);

    /// <summary>The next line without its end; null when there is none.</summary>
    /// <exception cref="InvalidDataException">
    /// It is no UTF-8, has a byte that is 0, or is absurdly long; the message names source, line and byte.
    /// </exception>
    public string? Read()
    {
        for (int searched = 0; ;)
        {
            SkipNewLine();
            int size = Unread[searched..].IndexOfAny((byte)'\n', (byte)'\r');
            if (size >= 0)
                return Take(searched + size, endLength: 1);
            searched = Unread.Length;
            if (_ended)
                return searched > 0 ? Take(searched, endLength: 0) : null;
            Fill();
        }
    }

    /// <summary>Closes the stream.</summary>
    public void Dispose() => stream.Dispose();

    private string? Take(int size, int endLength)
    {
        Number++;
        string line = Utf8Text.DecodeLine(Unread[..size], source, Number, _discarded + _begin);
        _mayHaveNewLine = endLength > 0 && _buffer[_begin + size] == (byte)'\r';
        _begin += size + endLength;
        // A file that is a byte-order mark and nothing else has no line.
        return Number == 1 && line.Length == 0 && endLength == 0 ? null : line;
    }

    private void SkipNewLine()
    {
        if (!_mayHaveNewLine || _begin == _end)
            return;
        _mayHaveNewLine = false;
        if (_buffer[_begin] == (byte)'\n')
            _begin++;
    }

    private void Fill()
    {
        if (_begin > 0)
        {
            Unread.CopyTo(_buffer);
            (_discarded, _end, _begin) = (_discarded + _begin, _end - _begin, 0);
        }
        if (_end == _buffer.Length)
        {
            // What has a zero in it is refused before it takes the memory of a device that gives nothing else.
            if (_buffer.AsSpan().Contains((byte)0))
                Take(_end, endLength: 0);
            if (_end >= LongestLine)
                throw new InvalidDataException($"{source}, line {Number + 1} has more than {LongestLine:N0} bytes.");
            Array.Resize(ref _buffer, (int)Math.Min(2L * _end, LongestLine));
        }
        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }
}
