using System.Text;

namespace Microsoft.ML.Data;

/// <summary>A line of data (several lines of the file when a quoted field spans them); line numbers are 1-based.</summary>
internal sealed record TextLine(string Path, long Number, string Text)
{
    /// <summary>All lines of data: without headers, empty lines and comments.</summary>
    public static IEnumerable<TextLine> Read(IMultiStreamSource source, TextLoader.Options options)
    {
        long rows = 0;
        for (int i = 0; i < source.Count; i++)
        {
            using TextReader reader = source.OpenTextReader(i);
            bool headerPending = options.HasHeader;
            long number = 0;
            while (ReadOne(reader, options, ref number, out long first) is { } text)
            {
                if (IsSkipped(text))
                    continue;
                if (headerPending)
                {
                    headerPending = false;
                    continue;
                }
                if (rows++ >= (options.MaxRows ?? long.MaxValue))
                    yield break;
                yield return new TextLine(source.GetPathOrNull(i), first, text);
            }
        }
    }

    /// <summary>The header of the first file; null when that has no line.</summary>
    public static string ReadHeader(IMultiStreamSource source)
    {
        if (source.Count == 0)
            return null;
        using TextReader reader = source.OpenTextReader(0);
        while (reader.ReadLine() is { } text)
        {
            if (!IsSkipped(text))
                return text;
        }
        return null;
    }

    private static bool IsSkipped(string text) =>
        text.Length == 0 || text.StartsWith("//", StringComparison.Ordinal) || text.StartsWith("#@", StringComparison.Ordinal);

    private static string ReadOne(TextReader reader, TextLoader.Options options, ref long number, out long first)
    {
        first = number + 1;
        string text = reader.ReadLine();
        if (text is null)
            return null;
        number++;
        if (!options.ReadMultilines || !options.AllowQuoting || IsSkipped(text))
            return text;

        var quotes = new OpenQuotes(options);
        quotes.Add(text);
        if (!quotes.IsOpen)
            return text;
        var joined = new StringBuilder(text);
        while (quotes.IsOpen)
        {
            string next = reader.ReadLine() ?? throw new EndOfStreamException(
                $"A quoted field opened on line {first - 1} was never closed, and we've read to the last line in the file without finding the closing quote");
            number++;
            joined.Append('\n').Append(next);
            quotes.Add(next);
        }
        return joined.ToString();
    }
}
