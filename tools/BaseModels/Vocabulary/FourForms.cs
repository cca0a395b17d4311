namespace Microsoft.ML.DeLoRA.BaseModels.Vocabulary;

/// <summary>
/// The four forms in which a byte-level vocabulary meets a word, as it is cased and keeps the blank: " w", " W", "W" and "w". An uncased
/// teacher gives all of them one vector, so a form of several tokens is what a student finds hard.
/// </summary>
internal static class FourForms
{
    /// <summary>The forms in the order of the figures below.</summary>
    public static string[] Of(string word)
    {
        string lower = word.ToLowerInvariant();
        string capital = char.ToUpperInvariant(lower[0]) + lower[1..];
        return [" " + lower, " " + capital, capital, lower];
    }

    /// <summary>The shares of words that are one token in each form, then of those that are one token in all four.</summary>
    /// <param name="words">The words.</param>
    /// <param name="isOneToken">Whether a text, with its blank, is a token of the vocabulary.</param>
    public static double[] Shares(IReadOnlyCollection<string> words, Func<string, bool> isOneToken)
    {
        var counts = new int[5];
        foreach (string word in words)
        {
            bool[] found = [.. Of(word).Select(isOneToken)];
            for (int form = 0; form < found.Length; form++)
                counts[form] += found[form] ? 1 : 0;
            counts[4] += found.All(f => f) ? 1 : 0;
        }
        return [.. counts.Select(count => (double)count / words.Count)];
    }
}
