namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// Cuts rows into large batches of similar length, longest first: for passes without gradient, where the order does not matter.
/// </summary>
internal static class LengthSortedBatches
{
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="length">Tokens of a row.</param>
    /// <param name="maxTokens">Tokens of a batch; a longer row makes a batch of its own.</param>
    public static IEnumerable<int[]> Create(int rowCount, Func<int, int> length, int maxTokens = 4096)
    {
        int[] order = [.. Enumerable.Range(0, rowCount).OrderByDescending(length)];
        int first = 0;
        int tokens = 0;
        for (int i = 0; i < order.Length; i++)
        {
            int own = length(order[i]);
            if (i > first && tokens + own > maxTokens)
            {
                yield return order[first..i];
                (first, tokens) = (i, 0);
            }
            tokens += own;
        }
        if (first < order.Length)
            yield return order[first..];
    }
}
