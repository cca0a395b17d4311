using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>Reads .csv files by RFC 4180 and everything else as tab-separated fields without any quoting.</summary>
internal static class TableReader
{
    /// <param name="path">The file, UTF-8.</param>
    /// <param name="hasHeader">Whether the first line names the columns.</param>
    /// <exception cref="UsageException">The file is missing, empty or damaged.</exception>
    public static Table Read(string path, bool hasHeader)
    {
        if (!File.Exists(path))
            throw new UsageException($"There is no file '{path}'.");
        bool csv = Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase);
        var rows = new List<string[]>();
        var lines = new List<int>();
        foreach ((int line, string[] fields) in csv ? CommaSeparated(path) : TabSeparated(path))
        {
            rows.Add(fields);
            lines.Add(line);
        }
        int skipped = hasHeader ? 1 : 0;
        if (rows.Count <= skipped)
            throw new UsageException($"{path} has no rows.");
        return new Table(path, hasHeader ? rows[0] : null, [.. rows.Skip(skipped)], [.. lines.Skip(skipped)]);
    }

    private static IEnumerable<(int Line, string[] Fields)> TabSeparated(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length > 0)
                yield return (number, line.Split('\t'));
        }
    }

    private static IEnumerable<(int Line, string[] Fields)> CommaSeparated(string path)
    {
        using var reader = new StreamReader(path);
        using var parser = new CsvParser(reader, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            BadDataFound = bad => throw new UsageException(
                $"{path}, line {bad.Context.Parser?.RawRow}: a quote stands inside a field that is not quoted."),
        });
        while (parser.Read())
            yield return (parser.RawRow, parser.Record!);
    }
}
