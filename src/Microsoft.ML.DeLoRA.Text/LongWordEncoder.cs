using System.Text;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// Byte-pair encoding of one very long word in n log n steps. <see cref="Microsoft.ML.Tokenizers.BpeTokenizer"/> gives the
/// same ids but needs n^2 (seconds for 200,000 letters), and byte-pair merges may reach arbitrarily far, so that such a word
/// cannot be cut first.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class LongWordEncoder
{
    private const int Merged = -1;

    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges = [];
    private readonly int[] _idOfByte = new int[256];

    public LongWordEncoder(Dictionary<string, int> vocabulary, IEnumerable<string> merges, int unknownId)
    {
        foreach (string merge in merges)
        {
            string[] parts = merge.Split(' ');
            _merges.Add((vocabulary[parts[0]], vocabulary[parts[1]]), (_merges.Count, vocabulary[parts[0] + parts[1]]));
        }
        for (int value = 0; value < 256; value++)
            _idOfByte[value] = vocabulary.GetValueOrDefault(ByteAlphabet.Characters[value].ToString(), unknownId);
    }

    public List<int> Encode(ReadOnlySpan<char> word)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, utf8);

        // A doubly linked list of symbols: the right one of a merged pair leaves it.
        int[] symbols = Array.ConvertAll(utf8, value => _idOfByte[value]);
        var previous = new int[symbols.Length];
        var next = new int[symbols.Length];
        var queue = new PriorityQueue<(int Left, int Right), (int Rank, int Position)>();
        for (int i = 0; i < symbols.Length; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1;
            Offer(i, i + 1);
        }

        while (queue.TryDequeue(out var pair, out var priority))
        {
            int left = priority.Position;
            int right = next[left];
            bool outdated = symbols[left] != pair.Left || right == symbols.Length || symbols[right] != pair.Right;
            if (outdated)
                continue;
            symbols[left] = _merges[pair].Id;
            symbols[right] = Merged;
            next[left] = next[right];
            if (next[left] < symbols.Length)
                previous[next[left]] = left;
            Offer(previous[left], left);
            Offer(left, next[left]);
        }
        return [.. symbols.Where(symbol => symbol != Merged)];

        void Offer(int left, int right)
        {
            if (left >= 0 && right < symbols.Length && _merges.TryGetValue((symbols[left], symbols[right]), out var merge))
                queue.Enqueue((symbols[left], symbols[right]), (merge.Rank, left));
        }
    }
}
