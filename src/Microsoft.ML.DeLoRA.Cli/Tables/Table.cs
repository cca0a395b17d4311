using System.Globalization;

namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>A file of rows and columns in memory.</summary>
/// <param name="Path">Where it came from, for messages.</param>
/// <param name="Header">The column names; null when the file has none.</param>
/// <param name="Rows">The fields of each row; rows may be shorter than the header.</param>
/// <param name="Lines">The line, from 1, on which each row starts.</param>
internal sealed record Table(string Path, IReadOnlyList<string>? Header, IReadOnlyList<string[]> Rows, IReadOnlyList<int> Lines)
{
    /// <summary>The values of a column, which is named, or, in a file without header, numbered from 0.</summary>
    /// <exception cref="UsageException">There is no such column, or a row is too short to have it.</exception>
    public string[] Column(string column)
    {
        int index = Index(column);
        var values = new string[Rows.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = index < Rows[i].Length
                ? Rows[i][index]
                : throw new UsageException($"{Path}, line {Lines[i]}: the row has {Rows[i].Length} fields, so none for column '{column}'.");
        }
        return values;
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
            return int.TryParse(column, out int number) && number >= 0
                ? number
                : throw new UsageException($"{Path} is read without a header, so columns are numbers from 0; '{column}' is none.");
        }
        int[] found = [.. Enumerable.Range(0, Header.Count).Where(i => Header[i] == column)];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new UsageException($"{Path} has no column '{column}'; it has {string.Join(", ", Header.Select(h => $"'{h}'"))}."),
            _ => throw new UsageException($"{Path} has {found.Length} columns named '{column}'."),
        };
    }
}
