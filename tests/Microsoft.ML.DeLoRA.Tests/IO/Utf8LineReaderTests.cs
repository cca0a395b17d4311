using System.Text;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Tests.IO;

public class Utf8LineReaderTests
{
    /// <summary>Gives its bytes in pieces, as a pipe does.</summary>
    private sealed class Pieces(byte[] content, int size) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, size));
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("\uFEFF", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("\uFEFFa\r\nb\rc\n\nd", new[] { "a", "b", "c", "", "d" })]
    [InlineData("\r\n\r\n", new[] { "", "" })]
    [InlineData("\uFEFF\n", new[] { "" })]
    [InlineData("é\u2028😀\u0085x\n", new[] { "é\u2028😀\u0085x" })]
    public void Lines_are_the_same_in_pieces_of_any_size(string content, string[] expected)
    {
        foreach (int size in new[] { 1, 2, 3, 100 })
        {
            using var reader = new Utf8LineReader(new Pieces(Encoding.UTF8.GetBytes(content), size), "pipe");
            Assert.Equal(expected, Lines(reader));
            Assert.Equal(expected.Length, content == "\uFEFF" ? 0 : reader.Number);
        }
    }

    [Fact]
    public void A_line_longer_than_the_buffer_is_read_whole()
    {
        string[] lines = ["short", new string('é', 300_000), "end"];
        using var reader = new Utf8LineReader(new Pieces(Encoding.UTF8.GetBytes(string.Join('\n', lines)), 50_000), "pipe");
        Assert.Equal(lines, Lines(reader));
    }

    [Fact]
    public void It_is_known_whether_the_next_line_has_come()
    {
        // "ab\r" comes first, then the rest: what ends a line with \r\n is not waited for.
        using var reader = new Utf8LineReader(new Pieces("ab\r\ncd\nef"u8.ToArray(), 3), "pipe");
        Assert.False(reader.HasLine);
        Assert.Equal("ab", reader.Read());
        Assert.False(reader.HasLine);
        Assert.Equal("cd", reader.Read());
        Assert.False(reader.HasLine);
        Assert.Equal("ef", reader.Read());
        Assert.Null(reader.Read());

        using var whole = new Utf8LineReader(new MemoryStream("ab\r\ncd\nef"u8.ToArray()), "file");
        Assert.Equal("ab", whole.Read());
        Assert.True(whole.HasLine);
        Assert.Equal("cd", whole.Read());
        Assert.False(whole.HasLine);
    }

    [Fact]
    public void Lines_before_the_one_that_is_no_UTF8_are_read()
    {
        using var reader = new Utf8LineReader(new Pieces([.. "good\nca"u8, 0xE9, .. "\n"u8], 4), "pipe");
        Assert.Equal("good", reader.Read());
        Assert.Contains("pipe, line 2: not valid UTF-8: byte 3 of the line (byte 8 of all) is 0xE9",
            Assert.Throws<InvalidDataException>(reader.Read).Message);
    }

    [Fact]
    public void A_stream_of_zeros_is_refused_at_once()
    {
        using var zeros = new Zeros();
        using var reader = new Utf8LineReader(zeros, "/dev/zero");
        Assert.Contains("/dev/zero, line 1: byte 1 of the line (byte 1 of all) is 0",
            Assert.Throws<InvalidDataException>(reader.Read).Message);
        Assert.InRange(zeros.Given, 1, 1_000_000);
    }

    private sealed class Zeros : MemoryStream
    {
        public long Given { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Clear();
            Given += count;
            return count;
        }
    }

    private static List<string> Lines(Utf8LineReader reader)
    {
        var lines = new List<string>();
        while (reader.Read() is { } line)
            lines.Add(line);
        return lines;
    }
}
