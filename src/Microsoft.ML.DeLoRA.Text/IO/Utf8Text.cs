using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Microsoft.ML.DeLoRA.IO;

/// <summary>
/// Text from outside. It is UTF-8, with or without a byte-order mark, or it is refused with line and byte: a reader that puts U+FFFD in
/// the place of what it does not understand makes one word of two.
/// </summary>
internal static class Utf8Text
{
    /// <summary>The most bytes that are read at once; as many characters still fit into a string.</summary>
    public const int LargestFile = 1_000_000_000;

    private static readonly UTF8Encoding _encoding = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The text of a file, which may be a pipe, without its byte-order mark.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">
    /// It is no UTF-8, or has more bytes than <see cref="LargestFile"/>; the message names it.
    /// </exception>
    public static string ReadFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        using var content = new MemoryStream(file.CanSeek ? (int)Math.Min(file.Length, LargestFile) : 0);
        // Whatever comes behind a zero, it is no text: a device that gives zeros has no end.
        BoundedRead.Copy(file, content, LargestFile,
            () => new InvalidDataException($"{path} has more than {LargestFile:N0} bytes, which are not read at once; split it."),
            block => block.Contains((byte)0));
        return Decode(content.GetBuffer().AsSpan(0, (int)content.Length), path);
    }

    /// <summary>The text of some bytes, without a byte-order mark.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="source">What they are, for messages: a path.</param>
    /// <exception cref="InvalidDataException">They are no UTF-8, or one is 0; the message names source, line and byte.</exception>
    public static string Decode(ReadOnlySpan<byte> content, string source)
    {
        Check(content, source);
        return _encoding.GetString(WithoutMark(content));
    }

    /// <summary>Throws unless the bytes are UTF-8 text.</summary>
    /// <exception cref="InvalidDataException">They are no UTF-8, or one is 0; the message names source, line and byte.</exception>
    public static void Check(ReadOnlySpan<byte> content, string source)
    {
        if (IsText(content))
            return;
        RefuseOtherEncodings(content, source);
        int at = FirstFault(content);
        ReadOnlySpan<byte> before = content[..at];
        int lines = before.Count((byte)'\n') + before.Count((byte)'\r') - before.Count("\r\n"u8);
        int lineBegin = before.LastIndexOfAny((byte)'\n', (byte)'\r') + 1;
        throw Fault(content, at, source, lines + 1, at - lineBegin, at);
    }

    /// <summary>The text of one line.</summary>
    /// <param name="line">Its bytes, without the line's end.</param>
    /// <param name="source">Where it is, for messages.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="offset">How many bytes there are before it.</param>
    /// <exception cref="InvalidDataException">It is no UTF-8, or a byte is 0.</exception>
    public static string DecodeLine(ReadOnlySpan<byte> line, string source, int number, long offset)
    {
        if (!IsText(line))
        {
            if (number == 1)
                RefuseOtherEncodings(line, source);
            int at = FirstFault(line);
            throw Fault(line, at, source, number, at, offset + at);
        }
        return _encoding.GetString(number == 1 ? WithoutMark(line) : line);
    }

    private static bool IsText(ReadOnlySpan<byte> content) => Utf8.IsValid(content) && !content.Contains((byte)0);

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> content) => content.StartsWith("\uFEFF"u8) ? content[3..] : content;

    private static int FirstFault(ReadOnlySpan<byte> content)
    {
        int at = 0;
        while (at < content.Length && content[at] != 0
            && Rune.DecodeFromUtf8(content[at..], out _, out int size) == OperationStatus.Done)
            at += size;
        return at;
    }

    private static void RefuseOtherEncodings(ReadOnlySpan<byte> content, string source)
    {
        string? found = content switch
        {
            [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => "UTF-32, as its byte-order mark says",
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16, as its byte-order mark says (some programs call it Unicode)",
            [not 0, 0, not 0, 0, ..] or [0, not 0, 0, not 0, ..] => "UTF-16, as every other byte of its beginning is 0",
            _ => null,
        };
        if (found is not null)
            throw new InvalidDataException(
                $"{source}, line 1: not valid UTF-8: byte 1 is 0x{content[0]:X2}. The text is {found}. {Advice}");
    }

    private static InvalidDataException Fault(ReadOnlySpan<byte> content, int at, string source, int line, int inLine, long inAll)
    {
        string place = $"byte {inLine + 1} of the line (byte {inAll + 1} of all)";
        return content[at] == 0
            ? new InvalidDataException($"{source}, line {line}: {place} is 0, which no text has. Is it a file of another kind, or UTF-16?")
            : new InvalidDataException($"{source}, line {line}: not valid UTF-8: {place} is 0x{content[at]:X2}. {Advice}");
    }

    private const string Advice = "Save it as UTF-8.";
}

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
