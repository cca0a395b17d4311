namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>How often each pair of neighbouring tokens occurs in the words, kept up to date while pairs are merged.</summary>
internal sealed class PairCounts
{
    private readonly List<int[]> _words = [];
    private readonly List<long> _frequencies = [];
    private readonly Dictionary<(int, int), long> _counts = [];
    private readonly Dictionary<(int, int), HashSet<int>> _where = [];

    // Entries may be out of date: the true count is in _counts. Ties go to the pair of smaller ids, so that the result is unique.
    private readonly PriorityQueue<(int Left, int Right), (long Negative, int Left, int Right)> _queue = new();

    public PairCounts(IEnumerable<(int[] Tokens, long Frequency)> words)
    {
        foreach ((int[] tokens, long frequency) in words)
        {
            if (tokens.Length < 2)
                continue;
            _words.Add(tokens);
            _frequencies.Add(frequency);
            Count(_words.Count - 1, +1, changed: null);
        }
        foreach ((int, int) pair in _counts.Keys)
            Enqueue(pair);
    }

    /// <summary>The most frequent pair; null when no pair occurs twice.</summary>
    public (int Left, int Right)? MostFrequent()
    {
        while (_queue.TryDequeue(out (int, int) pair, out (long Negative, int, int) priority))
        {
            if (!_counts.TryGetValue(pair, out long count) || count < 2)
                continue;
            if (count == -priority.Negative)
                return pair;
            Enqueue(pair);
        }
        return null;
    }

    /// <summary>Replaces the pair by one token wherever it stands.</summary>
    public void Merge(int left, int right, int merged)
    {
        var changed = new HashSet<(int, int)>();
        foreach (int word in _where[(left, right)].ToArray())
        {
            Count(word, -1, changed);
            _words[word] = Replace(_words[word], left, right, merged);
            Count(word, +1, changed);
        }
        _counts.Remove((left, right));
        _where.Remove((left, right));
        changed.Remove((left, right));
        foreach ((int, int) pair in changed)
            Enqueue(pair);
    }

    private void Count(int word, int sign, HashSet<(int, int)>? changed)
    {
        int[] tokens = _words[word];
        long change = sign * _frequencies[word];
        for (int i = 0; i + 1 < tokens.Length; i++)
        {
            (int, int) pair = (tokens[i], tokens[i + 1]);
            _counts[pair] = _counts.GetValueOrDefault(pair) + change;
            if (!_where.TryGetValue(pair, out HashSet<int>? places))
                _where[pair] = places = [];
            if (sign > 0)
                places.Add(word);
            else
                places.Remove(word);
            changed?.Add(pair);
        }
    }

    private void Enqueue((int Left, int Right) pair)
    {
        if (_counts.TryGetValue(pair, out long count) && count > 1)
            _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
    }

    private static int[] Replace(int[] tokens, int left, int right, int merged)
    {
        var result = new List<int>(tokens.Length);
        for (int i = 0; i < tokens.Length; i++)
        {
            bool match = i + 1 < tokens.Length && tokens[i] == left && tokens[i + 1] == right;
            result.Add(match ? merged : tokens[i]);
            if (match)
                i++;
        }
        return [.. result];
    }
}
