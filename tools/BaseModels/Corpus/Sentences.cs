namespace Microsoft.ML.DeLoRA.BaseModels.Corpus;

/// <summary>
/// Cuts a paragraph's words into sentences: behind a word that ends in . ! or ?, closing quotes and brackets aside, where a capital, a
/// digit or an opening quote follows.
/// </summary>
internal static class Sentences
{
    private static readonly HashSet<string> _abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "Mr.", "Mrs.", "Ms.", "Dr.", "St.", "Prof.", "Rev.", "Gen.", "Col.", "Capt.", "Lt.", "Sgt.", "Jr.", "Sr.", "vs.", "No.", "Vol.",
        "pp.", "e.g.", "i.e.", "cf.", "ca.", "c.", "Inc.", "Ltd.", "Co.", "Fig.", "approx.", "Mt.", "Ft.",
    };

    /// <summary>The sentences in their order, as ranges of the words.</summary>
    public static IEnumerable<Range> Split(IReadOnlyList<string> words)
    {
        int start = 0;
        for (int i = 0; i < words.Count; i++)
        {
            if (i + 1 < words.Count && !(Ends(words[i]) && Begins(words[i + 1])))
                continue;
            yield return start..(i + 1);
            start = i + 1;
        }
    }

    private static bool Ends(string word)
    {
        string core = word.TrimEnd('"', '\'', ')', ']', '”', '’');
        bool initial = core.Length == 2 && char.IsUpper(core[0]);
        return core.Length > 0 && core[^1] is '.' or '!' or '?' && !initial && !_abbreviations.Contains(core);
    }

    private static bool Begins(string word)
        => char.IsUpper(word[0]) || char.IsDigit(word[0]) || word[0] is '"' or '“' or '\'' or '(' or '‘';
}
