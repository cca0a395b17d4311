using System.Text;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>Learns a byte-level byte-pair encoding (Sennrich et al. 2016) from counted words.</summary>
internal static class BpeTrainer
{
    /// <summary>The special tokens at the start of RoBERTa's vocabulary; the mask token is the last of all.</summary>
    private static readonly string[] s_special = ["<s>", "<pad>", "</s>", "<unk>"];
    private const string Mask = "<mask>";

    /// <summary>Merges the most frequent neighbours until the vocabulary has the size asked for.</summary>
    /// <param name="words">Words as pre-tokenised (with their leading blank) and how often each occurs.</param>
    /// <param name="vocabularySize">Number of tokens, special ones and the 256 bytes included.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>Tokens in the order of their ids, and merges in the order of their priority.</returns>
    public static (IReadOnlyList<string> Tokens, IReadOnlyList<(string Left, string Right)> Merges) Train(
        IEnumerable<KeyValuePair<string, long>> words, int vocabularySize, CancellationToken cancellation = default)
    {
        var tokens = new List<string>(s_special);
        for (int value = 0; value < 256; value++)
            tokens.Add(ByteAlphabet.Characters[value].ToString());
        if (vocabularySize <= tokens.Count + 1)
            throw new ArgumentOutOfRangeException(nameof(vocabularySize), vocabularySize,
                $"A byte-level vocabulary needs more than {tokens.Count + 1} tokens.");

        Dictionary<string, int> ids = tokens.Select((t, i) => (t, i)).ToDictionary(x => x.t, x => x.i);
        var state = new PairCounts(words.Select(w => (Encoding.UTF8.GetBytes(w.Key).Select(b => s_special.Length + b).ToArray(), w.Value)));
        var merges = new List<(string, string)>();
        while (tokens.Count < vocabularySize - 1 && state.MostFrequent() is (int left, int right))
        {
            cancellation.ThrowIfCancellationRequested();
            merges.Add((tokens[left], tokens[right]));
            string merged = tokens[left] + tokens[right];
            if (!ids.TryGetValue(merged, out int id))
            {
                id = tokens.Count;
                ids.Add(merged, id);
                tokens.Add(merged);
            }
            state.Merge(left, right, id);
        }
        tokens.Add(Mask);
        return (tokens, merges);
    }
}
