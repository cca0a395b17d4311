using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.ML.DeLoRA.Cli.Output;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>Reads a file of rows: separated fields, quoted or not, or JSON lines; docs/command-line.md says by which rules.</summary>
internal static class TableReader
{
    private const string Candidates = "\t,;|";

    /// <param name="path">The file, UTF-8.</param>
    /// <param name="format">What is known of its form; the rest is found out.</param>
    /// <param name="columns">The columns that are wanted; those of JSON lines have no others.</param>
    /// <param name="say">Is told what was found out and is not to be seen from the file's name; null: nobody.</param>
    /// <exception cref="UsageException">The file is missing, empty or malformed.</exception>
    /// <exception cref="InvalidDataException">The file is no UTF-8; the message names line and byte.</exception>
    public static Table Read(string path, TableFormat format, IReadOnlyList<string> columns, Action<string>? say = null)
    {
        if (Directory.Exists(path))
            throw new UsageException($"'{path}' is a directory; give a file in it.");
        if (!File.Exists(path))
            throw new UsageException($"There is no file '{path}'.");
        if (format.IsJsonLines(path))
            return ReadJsonLines(path, columns);
        string text = Utf8Text.ReadFile(path);
        if (text.AsSpan().Trim("\r\n").IsEmpty)
            throw new UsageException($"{path} has no rows: the file is empty.");
        char separator = format.Separator ?? Separator(path, text, format, say);
        return ReadSeparated(path, text, separator, format.HasHeader, say);
    }

    private static Table ReadJsonLines(string path, IReadOnlyList<string> columns)
    {
        var rows = new List<string[]>();
        var lines = new List<int>();
        using var reader = new Utf8LineReader(File.OpenRead(path), path);
        while (reader.Read() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            rows.Add(JsonLine.Fields(line, $"{path}, line {reader.Number}", columns));
            lines.Add(reader.Number);
        }
        return rows.Count > 0 ? new Table(path, columns, rows, lines) : throw new UsageException($"{path} has no rows: the file is empty.");
    }

    private static Table ReadSeparated(string path, string text, char separator, bool hasHeader, Action<string>? say)
    {
        QuoteScan quotes = QuoteScan.Of(text, separator);
        // Between commas or semicolons a stray quote is a fault; between tabs and the rest it is part of a text.
        bool alwaysQuotes = separator is ',' or ';';
        if (alwaysQuotes && quotes.Fault is { } fault)
            throw new UsageException($"{path}, {fault}. Between {TableFormat.NameOf(separator)}s, a field with a quote in it "
                + "is put in quotes, and the quote is doubled.");
        bool quoted = alwaysQuotes || quotes.IsQuoted;
        if (quoted && !alwaysQuotes)
            say?.Invoke($"{path}: quotes around fields are read as quoting, as every field with a quote in it is quoted.");

        var rows = new List<string[]>();
        var lines = new List<int>();
        foreach ((int line, string[] fields) in Records(text, separator, quoted))
        {
            if (rows.Count > 0 && fields.Length != rows[0].Length)
                throw Ragged(fields, line);
            rows.Add(fields);
            lines.Add(line);
        }
        int skipped = hasHeader ? 1 : 0;
        if (rows.Count <= skipped)
            throw new UsageException($"{path} has no rows: there is a line of column names only. (--no-header if it is a row.)");
        return new Table(path, hasHeader ? rows[0] : null, [.. rows.Skip(skipped)], [.. lines.Skip(skipped)])
        {
            Form = $"{TableFormat.NameOf(separator)}-separated",
        };

        UsageException Ragged(string[] fields, int line)
        {
            string names = hasHeader ? $"the header {rows[0].Length} ({OneLine.Names(rows[0])})" : $"the first row {rows[0].Length}";
            string found = OneLine.Names([.. fields.Select(f => f.Length > 40 ? f[..40] + "..." : f)], most: 8);
            string hint = quotes.AnyQuoted && !quoted
                ? $" Quotes were read as part of the texts{(quotes.Fault is { } stray ? $", since in {stray}" : "")}."
                : "";
            return new UsageException($"{path}, line {line}: the row has {fields.Length} fields, {names}; "
                + $"it was read as {TableFormat.NameOf(separator)}-separated. Found: {found}.{hint}");
        }
    }

    private static IEnumerable<(int Line, string[] Fields)> Records(string text, char separator, bool quoted)
    {
        using var parser = new CsvParser(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator.ToString(),
            // Nothing is trimmed, and a blank may be the separator.
            WhiteSpaceChars = [],
            Mode = quoted ? CsvMode.RFC4180 : CsvMode.NoEscape,
            // What is bad was found before.
            BadDataFound = null,
        });
        int line = 1;
        int begin = 0;
        while (parser.Read())
        {
            int end = (int)parser.CharCount;
            // Empty lines before the row.
            int content = begin + text.AsSpan(begin).IndexOfAnyExcept('\r', '\n');
            line += QuoteScan.LineEnds(text.AsSpan(begin..content));
            yield return (line, parser.Record!);
            line += QuoteScan.LineEnds(text.AsSpan(content..end));
            begin = end;
        }
    }

    /// <summary>By the file's name; but another one if that is not in the first line.</summary>
    private static char Separator(string path, string text, TableFormat format, Action<string>? say)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        char expected = extension == ".csv" ? ',' : '\t';
        string first = FirstLine(text);
        if (format.UsualSeparator is { } usual && Outside(first, usual) > 0)
            return usual;
        // Without a header the first line is a text, where commas mean nothing.
        if (Outside(first, expected) > 0 || (!format.HasHeader && extension != ".csv"))
            return expected;
        char best = Candidates.MaxBy(candidate => Outside(first, candidate));
        if (Outside(first, best) == 0)
            return expected;
        say?.Invoke($"{path}: read as {TableFormat.NameOf(best)}-separated, as its first line shows; --separator names another.");
        return best;
    }

    private static string FirstLine(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart("\r\n");
        int size = rest.IndexOfAny('\r', '\n');
        return (size < 0 ? rest : rest[..size]).ToString();
    }

    // Every second part between quotes is inside of them.
    private static int Outside(string line, char separator)
        => line.Split('"').Where((_, part) => part % 2 == 0).Sum(part => part.Count(c => c == separator));
}
