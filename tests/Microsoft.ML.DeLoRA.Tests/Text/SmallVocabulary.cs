using System.Text;
using System.Text.Json;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>Vocabularies made for tests: the special tokens, all bytes, and some merges.</summary>
internal sealed class SmallVocabulary
{
    private readonly List<string> _merges = [];

    private SmallVocabulary()
    {
        foreach (string token in (string[])["<s>", "<pad>", "</s>", "<unk>"])
            Ids.Add(token, Ids.Count);
        foreach (char character in ByteAlphabet.Characters)
            Ids.Add(character.ToString(), Ids.Count);
    }

    public Dictionary<string, int> Ids { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Merges => _merges;

    public byte[] VocabularyContent => JsonSerializer.SerializeToUtf8Bytes(Ids);

    public byte[] MergesContent => Encoding.UTF8.GetBytes("#version: 0.2\n" + string.Concat(_merges.Select(merge => merge + "\n")));

    /// <summary>With the merges that are given, in their order.</summary>
    public static SmallVocabulary Of(params string[] merges)
    {
        var vocabulary = new SmallVocabulary();
        foreach (string merge in merges)
            vocabulary.AddMerge(merge);
        vocabulary.Ids.Add("<mask>", vocabulary.Ids.Count);
        return vocabulary;
    }

    /// <summary>
    /// With random merges over a few letters behind the given ones, each of tokens that are there before it, as training makes them.
    /// </summary>
    public static SmallVocabulary Random(string letters, int mergeCount, int seed, params string[] firstMerges)
    {
        var random = new Random(seed);
        var vocabulary = new SmallVocabulary();
        List<string> tokens = [.. letters.Select(letter => letter.ToString())];
        foreach (string merge in firstMerges)
            vocabulary.AddMerge(merge);
        while (vocabulary._merges.Count < mergeCount)
        {
            string left = tokens[random.Next(tokens.Count)], right = tokens[random.Next(tokens.Count)];
            if (vocabulary._merges.Contains($"{left} {right}"))
                continue;
            vocabulary.AddMerge($"{left} {right}");
            tokens.Add(left + right);
        }
        vocabulary.Ids.Add("<mask>", vocabulary.Ids.Count);
        return vocabulary;
    }

    public RobertaTokenizer ToTokenizer() => RobertaTokenizer.FromContents(VocabularyContent, MergesContent);

    /// <summary>Byte-pair encoding as Hugging Face's Python does it: all places of the most urgent pair, then the next pair.</summary>
    public int[] EncodeWordSlowly(string word)
    {
        List<string> symbols = [.. Encoding.UTF8.GetBytes(word).Select(value => ByteAlphabet.Characters[value].ToString())];
        while (true)
        {
            int rank = Enumerable.Range(0, symbols.Count - 1)
                .Select(i => _merges.IndexOf($"{symbols[i]} {symbols[i + 1]}"))
                .Where(index => index >= 0)
                .DefaultIfEmpty(-1)
                .Min();
            if (rank < 0)
                return [.. symbols.Select(symbol => Ids[symbol])];
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if ($"{symbols[i]} {symbols[i + 1]}" == _merges[rank])
                {
                    symbols[i] += symbols[i + 1];
                    symbols.RemoveAt(i + 1);
                }
            }
        }
    }

    private void AddMerge(string merge)
    {
        _merges.Add(merge);
        Ids.TryAdd(merge.Replace(" ", "", StringComparison.Ordinal), Ids.Count);
    }
}
