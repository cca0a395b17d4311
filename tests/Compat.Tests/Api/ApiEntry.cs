namespace Compat.Tests.Api;

/// <summary>One public thing of a list: its line in canonical form, what it is called (for suggestions), and a type's bases.</summary>
internal sealed record ApiEntry(string Line, string Subject, IReadOnlyList<string> Bases)
{
    /// <summary>Splits at the commas that no bracket encloses.</summary>
    public static List<string> SplitList(string text)
    {
        List<string> parts = [];
        int depth = 0, start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is '<' or '(' or '[')
                depth++;
            else if (i < text.Length && text[i] is '>' or ')' or ']')
                depth--;
            else if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                if (text[start..i].Trim() is { Length: > 0 } part)
                    parts.Add(part);
                start = i + 1;
            }
        }
        return parts;
    }
}
