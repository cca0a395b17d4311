namespace Microsoft.ML.Tokenizers;

/// <summary>Which neighbouring symbols merge into which, and how urgently.</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];

    public MergeTable(IEnumerable<string> merges, Dictionary<string, int> vocabulary)
    {
        foreach (string merge in merges)
        {
            int blank = merge.IndexOf(' ');
            if (blank < 0 || blank == merge.Length - 1 || merge.IndexOf(' ', blank + 1) >= 0)
                throw new ArgumentException($"The merge '{merge}' is not two tokens with one blank between them.");
            string left = merge[..blank], right = merge[(blank + 1)..];
            _merges.TryAdd((Id(left), Id(right)), (_merges.Count, Id(left + right)));
        }

        int Id(string token) => vocabulary.TryGetValue(token, out int id)
            ? id
            : throw new InvalidOperationException($"The merges name the token '{token}', which is not in the vocabulary.");
    }

    /// <summary>Merges within <paramref name="symbols"/> until nothing merges; returns how many symbols are left.</summary>
    public int Apply(Span<int> symbols)
    {
        int count = symbols.Length;
        while (true)
        {
            int at = -1;
            (int Rank, int Merged) best = (int.MaxValue, 0);
            for (int i = 0; i + 1 < count; i++)
            {
                if (_merges.TryGetValue((symbols[i], symbols[i + 1]), out var merge) && merge.Rank < best.Rank)
                    (at, best) = (i, merge);
            }
            if (at < 0)
                return count;
            symbols[at] = best.Merged;
            symbols[(at + 2)..count].CopyTo(symbols[(at + 1)..]);
            count--;
        }
    }
}
