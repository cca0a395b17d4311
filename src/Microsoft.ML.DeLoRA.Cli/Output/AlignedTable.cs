using System.Globalization;
using Spectre.Console.Rendering;

namespace Microsoft.ML.DeLoRA.Cli.Output;

/// <summary>A column of an <see cref="AlignedTable"/>.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="IsNumber">Numbers stand to the right.</param>
/// <param name="Widest">The most cells of a terminal that it takes; what is longer is cut, with an ellipsis.</param>
internal sealed record AlignedColumn(string Name, bool IsNumber = false, int Widest = 40);

/// <summary>
/// Rows whose columns stand under each other, by the cells that the characters take: a Chinese one takes two, an accent of its own none.
/// </summary>
internal sealed class AlignedTable(params AlignedColumn[] columns)
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];

    /// <summary>The cells that a line takes.</summary>
    public int Width => Widths().Sum() + Gap.Length * (columns.Length - 1);

    public void Add(params string[] fields)
        => _rows.Add([.. fields.Select((field, column) => Cut(OneLine.Escape(field), columns[column].Widest))]);

    /// <summary>The lines, the headings first.</summary>
    public IEnumerable<string> Lines()
    {
        int[] widths = Widths();
        return new[] { Headings() }.Concat(_rows).Select(fields => string.Join(Gap, fields.Select((field, column) =>
        {
            string padding = new(' ', widths[column] - Cells(field));
            return columns[column].IsNumber ? padding + field : field + padding;
        })).TrimEnd());
    }

    public void WriteTo(TextWriter writer)
    {
        foreach (string line in Lines())
            writer.WriteLine(line);
    }

    /// <summary>The cells of a terminal that a text takes.</summary>
    public static int Cells(string text) => new Segment(text).CellCount();

    private string[] Headings() => [.. columns.Select(c => Cut(OneLine.Escape(c.Name), c.Widest))];

    private int[] Widths() => [.. columns.Select((_, column) => _rows.Append(Headings()).Max(row => Cells(row[column])))];

    private static string Cut(string text, int widest)
    {
        if (Cells(text) <= widest)
            return text;
        int cells = 0;
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            cells += Cells(elements.GetTextElement());
            if (cells > widest - 1)
                return text[..elements.ElementIndex] + "…";
        }
        return text;
    }
}
