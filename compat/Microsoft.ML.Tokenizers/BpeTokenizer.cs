using System.Text;

namespace Microsoft.ML.Tokenizers;

/// <summary>Byte-level byte-pair encoding. Thread-safe.</summary>
public sealed class BpeTokenizer : Tokenizer
{
    private const int Missing = -1;

    private readonly PreTokenizer _preTokenizer;
    private readonly Dictionary<string, int> _specialTokens = new(StringComparer.Ordinal);
    private readonly MergeTable _merges;
    private readonly int[] _idOfByte = new int[256];
    private readonly WordCache _cache = new();

    private BpeTokenizer(BpeOptions options)
    {
        if (!options.ByteLevel)
            throw new NotSupportedException("This stand-in for Microsoft.ML.Tokenizers knows byte-level encoding only: set BpeOptions.ByteLevel.");
        _preTokenizer = options.PreTokenizer
            ?? throw new NotSupportedException("This stand-in for Microsoft.ML.Tokenizers has no default PreTokenizer: set BpeOptions.PreTokenizer.");

        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in options.Vocabulary)
            vocabulary.Add(token, id);
        _merges = new MergeTable(options.Merges ?? [], vocabulary);
        foreach (var (token, id) in options.SpecialTokens ?? new Dictionary<string, int>())
            _specialTokens.Add(token, id);

        int unknown = Missing;
        if (options.UnknownToken is { } unknownToken && !vocabulary.TryGetValue(unknownToken, out unknown))
            throw new InvalidOperationException($"The unknown token '{unknownToken}' is not in the vocabulary.");
        for (int value = 0; value < 256; value++)
            _idOfByte[value] = vocabulary.TryGetValue(ByteAlphabet.CharacterOfByte[value].ToString(), out int id) ? id : unknown;
    }

    public static BpeTokenizer Create(BpeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new BpeTokenizer(options);
    }

    internal override List<int> Encode(string text, bool considerPreTokenization)
    {
        var ids = new List<int>(text.Length / 3 + 4);
        if (considerPreTokenization)
        {
            foreach (var (offset, length) in _preTokenizer.PreTokenize(text))
                EncodeWord(text.AsSpan(offset, length), ids);
        }
        else if (text.Length > 0)
            EncodeWord(text, ids);
        return ids;
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> ids)
    {
        if (_specialTokens.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out int special))
        {
            ids.Add(special);
            return;
        }
        if (_cache.TryGet(word, out int[] known))
        {
            ids.AddRange(known);
            return;
        }
        int bytes = Encoding.UTF8.GetByteCount(word);
        Span<byte> utf8 = bytes <= 512 ? stackalloc byte[bytes] : new byte[bytes];
        Encoding.UTF8.GetBytes(word, utf8);
        Span<int> symbols = bytes <= 512 ? stackalloc int[bytes] : new int[bytes];
        int count = 0;
        foreach (byte value in utf8)
        {
            if (_idOfByte[value] != Missing)
                symbols[count++] = _idOfByte[value];
        }
        ReadOnlySpan<int> merged = symbols[.._merges.Apply(symbols[..count])];
        _cache.Add(word, merged);
        ids.AddRange(merged);
    }
}
