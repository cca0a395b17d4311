using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.DeLoRA.Tokenization;

/// <summary>
/// RoBERTa's tokenizer: byte-level BPE with the ids, the layout and the truncation of Hugging Face's RobertaTokenizer
/// (<c>add_prefix_space</c> off).
/// </summary>
/// <remarks>
/// Thread-safe. Texts must be valid Unicode: half of a surrogate pair is an <see cref="ArgumentException"/>, where Hugging
/// Face raises too.
/// </remarks>
public sealed class RobertaTokenizer
{
    private const string Begin = "<s>", Pad = "<pad>", End = "</s>", Unknown = "<unk>", Mask = "<mask>";

    /// <summary>From this many characters on a text may be cut before it is encoded, and a word goes to <see cref="LongWordEncoder"/>.</summary>
    private const int LongText = 256;

    private readonly CodePointPreTokenizer _preTokenizer;
    private readonly BpeTokenizer _bpe;
    private readonly Lazy<LongWordEncoder> _longWords;

    private RobertaTokenizer(ReadOnlyMemory<byte> vocabulary, ReadOnlyMemory<byte> merges, string vocabularySource, string mergesSource)
    {
        VocabularyContent = vocabulary;
        MergesContent = merges;
        Dictionary<string, int> ids = VocabularyFile.Parse(vocabulary.Span, vocabularySource);
        List<string> mergeList = MergesFile.Parse(merges.Span, mergesSource, ids);

        var special = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string token in (string[])[Begin, Pad, End, Unknown, Mask])
        {
            special[token] = ids.TryGetValue(token, out int id) ? id : throw new InvalidDataException(
                $"{vocabularySource} has no token '{token}'. A RoBERTa vocabulary has {Begin}, {Pad}, {End}, {Unknown} and {Mask}; this one has {ids.Count} tokens.");
        }
        (BeginId, PadId, EndId, UnknownId, MaskId) = (special[Begin], special[Pad], special[End], special[Unknown], special[Mask]);
        VocabularySize = ids.Values.Max() + 1;

        _preTokenizer = new CodePointPreTokenizer(special.Keys, swallowsBlanks: Mask);
        _bpe = BpeTokenizer.Create(new BpeOptions(ids)
        {
            Merges = mergeList,
            ByteLevel = true,
            PreTokenizer = _preTokenizer,
            SpecialTokens = special,
            UnknownToken = Unknown,
        });
        _longWords = new Lazy<LongWordEncoder>(() => new LongWordEncoder(ids, mergeList, UnknownId));
    }

    /// <summary>How many rows an embedding for these ids needs: the highest id plus one.</summary>
    public int VocabularySize { get; }

    /// <summary>The id of <c>&lt;s&gt;</c>, with which every sequence begins.</summary>
    public int BeginId { get; }

    /// <summary>The id of <c>&lt;/s&gt;</c>, with which every text ends.</summary>
    public int EndId { get; }

    /// <summary>The id of <c>&lt;pad&gt;</c>.</summary>
    public int PadId { get; }

    /// <summary>The id of <c>&lt;unk&gt;</c>.</summary>
    public int UnknownId { get; }

    /// <summary>The id of <c>&lt;mask&gt;</c>, which masked-language modelling predicts.</summary>
    public int MaskId { get; }

    /// <summary>vocab.json as it was read, byte for byte; what a saved model keeps.</summary>
    public ReadOnlyMemory<byte> VocabularyContent { get; }

    /// <summary>merges.txt as it was read, byte for byte; what a saved model keeps.</summary>
    public ReadOnlyMemory<byte> MergesContent { get; }

    /// <summary>Reads vocab.json and merges.txt.</summary>
    /// <exception cref="FileNotFoundException">One of the files does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the two do not belong together.</exception>
    public static RobertaTokenizer FromFiles(string vocabularyPath, string mergesPath) =>
        new(TokenizerFiles.Read(vocabularyPath), TokenizerFiles.Read(mergesPath), vocabularyPath, mergesPath);

    /// <summary>Reads vocab.json and merges.txt from a Hugging Face model directory.</summary>
    /// <exception cref="DirectoryNotFoundException">The directory does not exist.</exception>
    /// <exception cref="FileNotFoundException">One of the files does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the two do not belong together.</exception>
    public static RobertaTokenizer FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"The model directory '{directory}' does not exist. Expected a directory with {TokenizerFiles.Vocabulary} and {TokenizerFiles.Merges}.");
        return FromFiles(Path.Combine(directory, TokenizerFiles.Vocabulary), Path.Combine(directory, TokenizerFiles.Merges));
    }

    /// <summary>Makes a tokenizer from the contents of vocab.json and merges.txt, as a saved model keeps them.</summary>
    /// <exception cref="InvalidDataException">One of them is damaged, or the two do not belong together.</exception>
    public static RobertaTokenizer FromContents(ReadOnlyMemory<byte> vocabulary, ReadOnlyMemory<byte> merges) =>
        new(vocabulary, merges, TokenizerFiles.Vocabulary, TokenizerFiles.Merges);

    /// <summary>The tokens of the whole text, without <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c>.</summary>
    /// <exception cref="ArgumentException">The text holds half of a surrogate pair.</exception>
    public int[] EncodeWithoutSpecialTokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Tokens(text, int.MaxValue, nameof(text))];
    }

    /// <summary>
    /// Encodes a text, or a pair of texts, cut to <paramref name="maxLength"/> tokens: whichever text is longer loses its last
    /// token until the sum fits; where both are equally long the second one does.
    /// </summary>
    /// <param name="text">The text; may be empty.</param>
    /// <param name="pair">The second text, or null for a single one. An empty second text is still a pair.</param>
    /// <param name="maxLength">The most tokens to give, special ones counted; at least 2, or 4 for a pair.</param>
    /// <exception cref="ArgumentException">A text holds half of a surrogate pair, or <paramref name="maxLength"/> is too small.</exception>
    public Encoded Encode(string text, string? pair, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(text);
        int specialCount = pair is null ? 2 : 4;
        if (maxLength < specialCount)
            throw new ArgumentOutOfRangeException(nameof(maxLength), maxLength, $"The maximum length must be at least {specialCount}: that many special tokens are always there.");

        // One token beyond the budget is enough to know what is cut: above that, the rule treats all lengths alike.
        int budget = maxLength - specialCount;
        int enough = budget + 1;
        IReadOnlyList<int> first = Tokens(text, enough, nameof(text));
        IReadOnlyList<int> second = pair is null ? [] : Tokens(pair, enough, nameof(pair));
        var (firstLength, secondLength) = LongestFirst(Math.Min(first.Count, enough), Math.Min(second.Count, enough), budget);

        var ids = new int[firstLength + secondLength + specialCount];
        int position = 0;
        ids[position++] = BeginId;
        Append(first, firstLength);
        ids[position++] = EndId;
        if (pair is not null)
        {
            ids[position++] = EndId;
            Append(second, secondLength);
            ids[position] = EndId;
        }
        return new Encoded(ids, firstLength + secondLength < first.Count + second.Count);

        void Append(IReadOnlyList<int> tokens, int count)
        {
            for (int i = 0; i < count; i++)
                ids[position++] = tokens[i];
        }
    }

    private static (int First, int Second) LongestFirst(int first, int second, int budget)
    {
        // Long arithmetic: without a bound each of the two may be near int.MaxValue.
        while ((long)first + second > budget)
        {
            if (first > second)
                first--;
            else
                second--;
        }
        return (first, second);
    }

    /// <summary>The first tokens of a text: all, or at least <paramref name="enough"/> of them, exactly as in the whole text.</summary>
    private IReadOnlyList<int> Tokens(string text, int enough, string parameterName)
    {
        UnicodeText.ThrowIfInvalid(text, parameterName);
        if (text.Length < LongText)
            return _bpe.EncodeToIds(text);

        // Words are encoded independently of each other and each gives at least one token, so that as many words are enough.
        // Not behind white space: how a run of it is cut depends on what follows.
        int words = 0;
        foreach (var (offset, length) in _preTokenizer.PreTokenize(text))
        {
            if (length >= LongText)
                return TokensWordByWord(text, enough);
            int end = offset + length;
            if (++words >= enough && !char.IsWhiteSpace(text[end - 1]))
                return _bpe.EncodeToIds(text[..end]);
        }
        return _bpe.EncodeToIds(text);
    }

    private List<int> TokensWordByWord(string text, int enough)
    {
        var ids = new List<int>();
        foreach (var (offset, length) in _preTokenizer.PreTokenize(text))
        {
            ids.AddRange(length >= LongText
                ? _longWords.Value.Encode(text.AsSpan(offset, length))
                : _bpe.EncodeToIds(text.Substring(offset, length)));
            if (ids.Count >= enough)
                break;
        }
        return ids;
    }
}
