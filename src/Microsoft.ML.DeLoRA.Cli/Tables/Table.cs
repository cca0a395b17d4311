using System.Globalization;
using Microsoft.ML.DeLoRA.Cli.Output;

namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>A file of rows and columns in memory.</summary>
/// <param name="Path">Where it came from, for messages.</param>
/// <param name="Header">The column names; null when the file has none.</param>
/// <param name="Rows">The fields of each row; all rows have equally many.</param>
/// <param name="Lines">The line, from 1, on which each row starts.</param>
internal sealed record Table(string Path, IReadOnlyList<string>? Header, IReadOnlyList<string[]> Rows, IReadOnlyList<int> Lines)
{
    /// <summary>How it was read, for messages.</summary>
    public string? Form { get; init; }

    /// <summary>The values of a column, which is named, or, in a file without header, numbered from 0.</summary>
    /// <exception cref="UsageException">There is no such column, or several.</exception>
    public string[] Column(string column)
    {
        int index = Index(column);
        return [.. Rows.Select(row => row[index])];
    }

    /// <summary>Where something is true of rows, for messages: <c>line 5</c>, <c>lines 5, 8, ... (12 in all)</c>.</summary>
    public string LinesWhere(Func<int, bool> isSo)
    {
        int[] found = [.. Enumerable.Range(0, Rows.Count).Where(isSo).Select(row => Lines[row])];
        string shown = string.Join(", ", found.Take(10));
        return found.Length switch
        {
            1 => $"line {shown}",
            <= 10 => $"lines {shown}",
            _ => $"lines {shown}, ... ({found.Length:N0} in all)",
        };
    }

    /// <summary>The values of a column that holds finite numbers, written with a decimal point.</summary>
    /// <exception cref="UsageException">There is no such column, or a value is no number.</exception>
    public float[] Numbers(string column)
    {
        string[] texts = Column(column);
        var numbers = new float[texts.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!float.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !float.IsFinite(numbers[i]))
                throw new UsageException($"{Path}, line {Lines[i]}: '{texts[i]}' in column '{column}' is no finite number.");
        }
        return numbers;
    }

    /// <summary>The values of a column that holds lists; blanks around items and empty items do not count.</summary>
    /// <exception cref="UsageException">There is no such column.</exception>
    public string[][] Lists(string column, string separator)
    {
        const StringSplitOptions options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        return [.. Column(column).Select(field => field.Split(separator, options))];
    }

    /// <summary>For each row and name, whether the name is in the row's list.</summary>
    /// <exception cref="UsageException">There is no such column, or a list has an item that is none of the names.</exception>
    public bool[][] Flags(string column, string separator, IReadOnlyList<string> names)
    {
        Dictionary<string, int> places = names.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i);
        return [.. Lists(column, separator).Select((items, row) =>
        {
            var flags = new bool[names.Count];
            foreach (string item in items)
            {
                if (!places.TryGetValue(item, out int place))
                {
                    string known = string.Join(", ", names.Take(20).Select(n => $"'{n}'")) + (names.Count > 20 ? ", ..." : "");
                    throw new UsageException($"{Path}, line {Lines[row]}: the model was not trained on label '{item}' in column "
                        + $"'{column}'; it knows {known}.");
                }
                flags[place] = true;
            }
            return flags;
        })];
    }

    private int Index(string column)
    {
        if (Header is null)
        {
            int width = Rows[0].Length;
            if (!int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                throw new UsageException($"{Path} is read without a header, so columns are numbers from 0; '{column}' is none.");
            return number < width
                ? number
                : throw new UsageException($"{Path}: there is no column {number}; its rows have {width} fields, numbered from 0.");
        }
        int[] found = [.. Enumerable.Range(0, Header.Count).Where(i => Header[i] == column)];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new UsageException($"{Path} has no column '{column}'; it has {OneLine.Names(Header, most: 50)}"
                + $"{(Form is null ? "" : $" (read as {Form}; --separator names another)")}."),
            _ => throw new UsageException($"{Path} has {found.Length} columns named '{column}'; give each a name of its own."),
        };
    }
}
