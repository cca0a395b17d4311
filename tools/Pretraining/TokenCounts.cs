namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>How often each token occurs in the token files.</summary>
internal static class TokenCounts
{
    /// <summary>Shares that add up to 1, by token id; unseen tokens count as seen once.</summary>
    public static double[] Frequencies(IEnumerable<ushort[]> files, int vocabulary)
    {
        var counts = new long[vocabulary];
        foreach (ushort[] tokens in files)
        {
            foreach (ushort token in tokens)
                counts[token]++;
        }
        double total = counts.Sum() + vocabulary;
        return [.. counts.Select(c => (c + 1) / total)];
    }
}
