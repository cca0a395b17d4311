namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>What somebody meant who mistyped a name.</summary>
internal static class Nearest
{
    /// <summary>
    /// The nearest name: the fewest letters added, left out, replaced or swapped with their neighbour, at most a third of them; else the
    /// only one that begins so. Hyphens before it do not count. Null when there is none.
    /// </summary>
    public static string? Of(string typed, IEnumerable<string> names)
    {
        string word = Word(typed);
        (string Name, int Distance)[] ranked = [.. names.Select(n => (n, Distance(word, Word(n)))).OrderBy(n => n.Item2)];
        if (ranked is [var (name, distance), ..] && distance <= Math.Max(1, word.Length / 3))
            return name;
        string[] beginnings = [.. ranked.Select(n => n.Name).Where(n => Word(n).StartsWith(word, StringComparison.Ordinal))];
        return word.Length >= 3 && beginnings is [var only] ? only : null;
    }

    private static string Word(string name) => name.TrimStart('-').ToLowerInvariant();

    /// <summary>The optimal string alignment distance of two words.</summary>
    internal static int Distance(string one, string other)
    {
        var table = new int[one.Length + 1, other.Length + 1];
        for (int i = 0; i <= one.Length; i++)
        {
            for (int j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                bool same = one[i - 1] == other[j - 1];
                int least = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (same ? 0 : 1));
                bool swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
                table[i, j] = swapped ? Math.Min(least, table[i - 2, j - 2] + 1) : least;
            }
        }
        return table[one.Length, other.Length];
    }
}
