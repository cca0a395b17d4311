using Microsoft.ML.DeLoRA.BaseModels.Corpus;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>
/// The rows of the distillation: every sentence of the corpus once, in an order that follows from the seed, changed as users' texts differ
/// from a corpus: in lower case, with blanks around punctuation, several sentences long, in pairs.
/// </summary>
/// <remarks>Thread-safe: what a step gets follows from its number.</remarks>
internal sealed class RowSource
{
    /// <summary>Words of the shortest sentence that a row begins with.</summary>
    public const int LeastWords = 5;

    /// <summary>Words of the longest sentence.</summary>
    public const int MostWords = 34;

    private const double LowerCase = 0.5;
    private const double SpacedPunctuation = 0.15;
    private const double SeveralSentences = 0.10;
    private const double Pairs = 0.05;

    private readonly SentenceStore _sentences;
    private readonly RowEncoder _encoder;
    private readonly int[] _order;
    private readonly int _seed;

    /// <param name="sentences">The corpus.</param>
    /// <param name="encoder">Encodes its words.</param>
    /// <param name="seed">Seed of order and changes.</param>
    public RowSource(SentenceStore sentences, RowEncoder encoder, int seed)
    {
        (_sentences, _encoder, _seed) = (sentences, encoder, seed);
        _order = [.. Enumerable.Range(0, sentences.Count)];
        new Random(seed).Shuffle(_order);
    }

    /// <summary>Number of rows until sentences come again.</summary>
    public int Count => _order.Length;

    /// <summary>Some rows from a place of the order on; after the last sentence the first one comes again.</summary>
    /// <param name="start">The place.</param>
    /// <param name="count">How many sentences to take; rows that cannot be encoded are left out.</param>
    public List<DistillationRow> Rows(long start, int count)
    {
        var rows = new List<DistillationRow>(count);
        for (long place = start; place < start + count; place++)
        {
            var random = new Random(HashCode(place));
            if (Row(_order[place % _order.Length], random) is { } row)
                rows.Add(row);
        }
        return rows;
    }

    private DistillationRow? Row(int sentence, Random random)
    {
        List<string> first = [.. _sentences.Words(sentence)];
        List<string>? second = null;
        double kind = random.NextDouble();
        if (kind < SeveralSentences)
        {
            int more = random.Next(1, 3);
            for (int by = 1; by <= more && _sentences.Following(sentence, by) is { } next; by++)
                first.AddRange(next);
        }
        else if (kind < SeveralSentences + Pairs && _sentences.Following(sentence, 1) is { } next)
        {
            second = [.. next];
        }
        bool lower = random.NextDouble() < LowerCase;
        bool spaced = random.NextDouble() < SpacedPunctuation;
        return _encoder.Encode(Changed(first, lower, spaced), second is null ? null : Changed(second, lower, spaced));
    }

    private static IReadOnlyList<string> Changed(List<string> words, bool lower, bool spaced)
    {
        IEnumerable<string> changed = spaced ? words.SelectMany(Apart) : words;
        return [.. lower ? changed.Select(word => word.ToLowerInvariant()) : changed];
    }

    // "isn't," -> isn ' t ,  would be more than data sets do: the apostrophe stays with what follows it.
    private static IEnumerable<string> Apart(string word)
    {
        int start = 0;
        for (int i = 0; i < word.Length; i++)
        {
            if (!char.IsPunctuation(word[i]))
                continue;
            if (i > start)
                yield return word[start..i];
            start = i;
            bool letterFollows = i + 1 < word.Length && char.IsLetter(word[i + 1]);
            if (word[i] == '\'' && i > 0 && letterFollows)
                continue;
            yield return word[i..(i + 1)];
            start = i + 1;
        }
        if (start < word.Length)
            yield return word[start..];
    }

    // The same on every run and machine, unlike System.HashCode.
    private int HashCode(long place) => unchecked((int)((place + 1) * 2_654_435_761L ^ _seed * 40_503L));
}
