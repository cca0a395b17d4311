using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeLoRA.Cli.Output;

/// <summary>Texts of files and users as one field of one line.</summary>
internal static class OneLine
{
    /// <summary>
    /// The text with tabs, line breaks, backslashes and control characters as escapes (<c>\t</c>, <c>\n</c>, <c>\\</c>, <c>\u001b</c>): a
    /// text is one field, and cannot steer a terminal.
    /// </summary>
    public static string Escape(string text)
    {
        if (!text.Any(NeedsEscape))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (char character in text)
        {
            _ = character switch
            {
                '\t' => escaped.Append(@"\t"),
                '\n' => escaped.Append(@"\n"),
                '\r' => escaped.Append(@"\r"),
                '\\' => escaped.Append(@"\\"),
                _ when NeedsEscape(character) => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => escaped.Append(character),
            };
        }
        return escaped.ToString();
    }

    /// <summary>Names in quotes with commas between them; beyond some, how many there are.</summary>
    public static string Names(IReadOnlyList<string> names, int most = 20)
        => string.Join(", ", names.Take(most).Select(name => $"'{Escape(name)}'"))
            + (names.Count > most ? $", ... ({names.Count} in all)" : "");

    // The two separators end lines for some programs.
    private static bool NeedsEscape(char character) => char.IsControl(character) || character is '\\' or '\u2028' or '\u2029';
}
