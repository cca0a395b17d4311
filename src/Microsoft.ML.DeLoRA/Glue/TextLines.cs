using System.Text;

namespace Microsoft.ML.DeLoRA.Glue;

/// <summary>
/// The lines of a UTF-8 file with their numbers, from 1. Lines end as in Python: with \n, \r\n or \r, and with nothing else.
/// </summary>
internal static class TextLines
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="InvalidDataException">The file is too large, or a line is no UTF-8; the message names it.</exception>
    public static IEnumerable<(int Number, string Text)> Read(string path)
    {
        long length = new FileInfo(path).Length;
        if (length > Array.MaxLength)
            throw new InvalidDataException($"{path} has {length:N0} bytes; at most {Array.MaxLength:N0} are read.");
        byte[] content = File.ReadAllBytes(path);
        int begin = content.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        for (int number = 1; begin < content.Length; number++)
        {
            int size = content.AsSpan(begin).IndexOfAny((byte)'\n', (byte)'\r');
            int end = size < 0 ? content.Length : begin + size;
            yield return (number, Decode(content.AsSpan(begin..end), path, number));
            begin = end + (content.AsSpan(end).StartsWith("\r\n"u8) ? 2 : 1);
        }
    }

    private static string Decode(ReadOnlySpan<byte> line, string path, int number)
    {
        try
        {
            return _strict.GetString(line);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}, line {number}: not valid UTF-8. Save the file as UTF-8.", e);
        }
    }
}
