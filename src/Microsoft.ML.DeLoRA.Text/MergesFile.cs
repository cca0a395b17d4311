using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>Reads merges.txt: an optional line "#version ...", then one merge "left right" a line, the most urgent first. Not trusted.</summary>
internal static class MergesFile
{
    public static List<string> Parse(ReadOnlySpan<byte> content, string source, Dictionary<string, int> vocabulary)
    {
        string text = Utf8Text.Decode(content, source);
        var merges = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int lineNumber = 0;
        foreach (Range line in text.AsSpan().Split('\n'))
        {
            string merge = text[line].TrimEnd('\r');
            lineNumber++;
            if (merge.Length == 0 || (lineNumber == 1 && merge.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            Check(merge, $"{source}, line {lineNumber}", vocabulary);
            if (!seen.Add(merge))
                throw new InvalidDataException($"{source}, line {lineNumber}: the merge '{merge.Short()}' is listed twice.");
            merges.Add(merge);
        }
        return merges;
    }

    /// <summary>Refuses merges that belong to another vocabulary, or are cut off: many of its tokens could never come out of a text.</summary>
    /// <exception cref="InvalidDataException">Without any merge, or with more than a tenth of the tokens out of reach.</exception>
    public static void CheckComplete(
        IReadOnlyList<string> merges, IReadOnlyDictionary<string, int> vocabulary, IEnumerable<AddedToken> added, string source)
    {
        HashSet<string> made = [.. merges.Select(m => m.Replace(" ", "", StringComparison.Ordinal)), .. added.Select(a => a.Content)];
        // Single bytes are there from the start; what has brackets is a mark that somebody reserved, such as <|endoftext|>.
        string[] words = [.. vocabulary.Keys.Where(t => t.Length > 1 && !IsMark(t))];
        int lost = words.Count(t => !made.Contains(t));
        if (lost == 0 || (merges.Count > 0 && lost <= words.Length / 10))
            return;
        throw new InvalidDataException(
            $"{source} has {merges.Count:N0} merges, with which {lost:N0} of the vocabulary's {words.Length:N0} tokens of several bytes cannot come "
            + $"out of any text, such as '{words.First(t => !made.Contains(t))}'. Is the file cut off, or that of another vocabulary?");

        static bool IsMark(string token) => (token[0], token[^1]) is ('<', '>') or ('[', ']');
    }

    private static void Check(string merge, string place, Dictionary<string, int> vocabulary)
    {
        string[] parts = merge.Split(' ');
        if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            throw new InvalidDataException($"{place}: '{merge.Short()}' is not a merge; expected two tokens with one blank between them.");
        foreach (string token in (string[])[parts[0], parts[1], parts[0] + parts[1]])
        {
            if (!vocabulary.ContainsKey(token))
                throw new InvalidDataException($"{place}: the merge '{merge.Short()}' needs the token '{token.Short()}', which is not in the vocabulary. Do the two files belong together?");
        }
    }
}
