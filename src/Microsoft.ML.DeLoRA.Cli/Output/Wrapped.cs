namespace Microsoft.ML.DeLoRA.Cli.Output;

/// <summary>Running text in lines.</summary>
internal static class Wrapped
{
    /// <summary>The lines of a text, broken between words.</summary>
    /// <param name="text">The text.</param>
    /// <param name="indent">Blanks before every line.</param>
    /// <param name="width">The most cells of a line, if its words allow.</param>
    public static IEnumerable<string> Lines(string text, int indent = 0, int width = 100)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && indent + AlignedTable.Cells(line) + 1 + AlignedTable.Cells(word) > width)
            {
                yield return new string(' ', indent) + line;
                line = "";
            }
            line += line.Length > 0 ? " " + word : word;
        }
        if (line.Length > 0)
            yield return new string(' ', indent) + line;
    }
}
