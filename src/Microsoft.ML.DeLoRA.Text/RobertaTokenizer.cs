using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// RoBERTa's tokenizer: byte-level BPE with the ids, the layout and the truncation of Hugging Face's RobertaTokenizer, and the settings
/// (<c>add_prefix_space</c>, added tokens, names of special tokens) of the files in its directory.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class RobertaTokenizer : ITextTokenizer
{
    /// <summary>
    /// From this many characters on a text may be cut before it is encoded, and a word goes to <see cref="LongWordEncoder"/>.
    /// </summary>
    private const int LongText = 256;

    private readonly CodePointPreTokenizer _preTokenizer = new([]);
    private readonly TokenizerSettings _settings;
    private readonly AddedTokens _added;
    private readonly BpeTokenizer _bpe;
    private readonly Lazy<LongWordEncoder> _longWords;
    private readonly SequenceLayout _layout;

    private RobertaTokenizer(
        ReadOnlyMemory<byte> vocabulary, ReadOnlyMemory<byte> merges, string vocabularySource, string mergesSource,
        Func<IReadOnlyDictionary<string, int>, TokenizerSettings>? settings = null)
    {
        VocabularyContent = vocabulary;
        MergesContent = merges;
        Dictionary<string, int> ids = VocabularyFile.Parse(vocabulary.Span, vocabularySource);
        List<string> mergeList = MergesFile.Parse(merges.Span, mergesSource, ids);
        _settings = (settings?.Invoke(ids) ?? new TokenizerSettings()).Resolve(ids, vocabularySource);
        if (!_settings.AreUsual(ids))
            SettingsContent = _settings.ToJson();
        MergesFile.CheckComplete(mergeList, ids, _settings.AddedTokens, mergesSource);

        (BeginId, EndId, PadId) = (_settings.IdOf(_settings.Begin), _settings.IdOf(_settings.End), _settings.IdOf(_settings.Pad));
        UnknownId = _settings.Unknown is { } unknown ? _settings.IdOf(unknown) : null;
        MaskId = _settings.Mask is { } mask ? _settings.IdOf(mask) : null;
        VocabularySize = ids.Values.Concat(_settings.AddedTokens.Select(a => a.Id)).Max() + 1;

        _layout = new SequenceLayout(BeginId, EndId, between: [EndId], _settings.TruncateLeft);
        _added = new AddedTokens(_settings.AddedTokens, _settings.SplitSpecialTokens);
        _bpe = BpeTokenizer.Create(new BpeOptions(ids)
        {
            Merges = mergeList,
            ByteLevel = true,
            PreTokenizer = _preTokenizer,
            // An unknown token has to be in the vocabulary itself there; where there is none, every byte is known.
            UnknownToken = _settings.Unknown is { } name && ids.ContainsKey(name) ? name : null,
        });
        _longWords = new Lazy<LongWordEncoder>(() => new LongWordEncoder(ids, mergeList, UnknownId ?? -1));
    }

    /// <summary>How many rows an embedding for these ids needs: the highest id plus one.</summary>
    public int VocabularySize { get; }

    /// <summary>The id of <c>&lt;s&gt;</c>, or what stands for it (<c>cls_token</c>), with which every sequence begins.</summary>
    public int BeginId { get; }

    /// <summary>The id of <c>&lt;/s&gt;</c>, or what stands for it (<c>sep_token</c>), with which every text ends.</summary>
    public int EndId { get; }

    /// <summary>The id of <c>&lt;pad&gt;</c>.</summary>
    public int PadId { get; }

    /// <summary>The id of <c>&lt;unk&gt;</c>; null where there is none, and then every byte is in the vocabulary.</summary>
    public int? UnknownId { get; }

    /// <summary>
    /// The id of <c>&lt;mask&gt;</c>, which masked-language modelling predicts; null where the vocabulary has none: in a text it is text
    /// then.
    /// </summary>
    public int? MaskId { get; }

    /// <summary>The most tokens that the model is meant for (<c>model_max_length</c>); null where the files do not say.</summary>
    public int? MaxLength => _settings.MaxLength;

    /// <summary>Whether a blank is put before texts that begin with none (<c>add_prefix_space</c>).</summary>
    public bool AddsPrefixSpace => _settings.AddPrefixSpace;

    /// <summary>The tokens that are found in a text before it is cut into words, special ones included.</summary>
    internal IReadOnlyList<AddedToken> AddedTokens => _settings.AddedTokens;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> Files =>
    [
        (TokenizerFiles.Vocabulary, VocabularyContent),
        (TokenizerFiles.Merges, MergesContent),
        .. SettingsContent is { } settings ? [(TokenizerFiles.Settings, settings)] : Array.Empty<(string, ReadOnlyMemory<byte>)>(),
    ];

    /// <summary>The vocabulary in the form of vocab.json, as it was read, byte for byte; what a saved model keeps.</summary>
    public ReadOnlyMemory<byte> VocabularyContent { get; }

    /// <summary>The merges in the form of merges.txt, as they were read, byte for byte; what a saved model keeps.</summary>
    public ReadOnlyMemory<byte> MergesContent { get; }

    /// <summary>
    /// What a saved model keeps of the other settings, for <see cref="FromContents"/>; null where they are RoBERTa's own.
    /// </summary>
    public ReadOnlyMemory<byte>? SettingsContent { get; }

    /// <summary>Reads vocab.json and merges.txt.</summary>
    /// <exception cref="FileNotFoundException">One of the files does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the two do not belong together.</exception>
    public static RobertaTokenizer FromFiles(string vocabularyPath, string mergesPath) =>
        new(TokenizerFiles.Read(vocabularyPath, TokenizerKind.Roberta), TokenizerFiles.Read(mergesPath, TokenizerKind.Roberta),
            vocabularyPath,
            mergesPath);

    /// <summary>
    /// Reads a Hugging Face model directory: tokenizer.json, or vocab.json and merges.txt where there is none; beside them
    /// tokenizer_config.json, special_tokens_map.json and added_tokens.json, as far as they are there.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">The directory does not exist.</exception>
    /// <exception cref="FileNotFoundException">One of the files does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or they do not belong together.</exception>
    /// <exception cref="NotSupportedException">
    /// It is another tokenizer than byte-level BPE as RoBERTa has it; the message says what differs.
    /// </exception>
    public static RobertaTokenizer FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException(
                $"The model directory '{directory}' does not exist. Expected a directory with "
                    + $"{TokenizerFiles.Vocabulary} and {TokenizerFiles.Merges}.");
        var files = new TokenizerDirectory(directory, TokenizerKind.Roberta);
        if (files.IsFast)
        {
            TokenizerJson fast = TokenizerJson.Parse(TokenizerFiles.Read(files.FastPath, TokenizerKind.Roberta), files.FastPath);
            return new(fast.Vocabulary, fast.Merges, files.FastPath, files.FastPath, ids => files.Settings(ids, fast.Settings));
        }
        return new(files.Read(TokenizerFiles.Vocabulary), files.Read(TokenizerFiles.Merges), files.Path(TokenizerFiles.Vocabulary),
            files.Path(TokenizerFiles.Merges), ids => files.Settings(ids, fast: null));
    }

    /// <summary>How many special tokens stand around a text, or a pair.</summary>
    internal static int SpecialTokenCount(bool isPair) => isPair ? 4 : 2;

    /// <summary>Makes a tokenizer from the contents of vocab.json and merges.txt, as a saved model keeps them.</summary>
    /// <param name="vocabulary">The content of vocab.json.</param>
    /// <param name="merges">The content of merges.txt.</param>
    /// <param name="settings">What <see cref="SettingsContent"/> gave; null: RoBERTa's own settings.</param>
    /// <exception cref="InvalidDataException">One of them is damaged, or they do not belong together.</exception>
    public static RobertaTokenizer FromContents(
        ReadOnlyMemory<byte> vocabulary, ReadOnlyMemory<byte> merges, ReadOnlyMemory<byte>? settings = null)
        => new(vocabulary, merges, TokenizerFiles.Vocabulary, TokenizerFiles.Merges,
            settings is { } content ? _ => TokenizerSettings.Parse(content.Span, TokenizerFiles.Settings) : null);

    /// <inheritdoc/>
    public int[] EncodeWithoutSpecialTokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Tokens(text, int.MaxValue, nameof(text))];
    }

    /// <inheritdoc/>
    /// <remarks>A pair has four special tokens: <c>&lt;s&gt; a &lt;/s&gt;&lt;/s&gt; b &lt;/s&gt;</c>.</remarks>
    public Encoded Encode(string text, string? pair, int maxLength) => _layout.Encode(text, pair, maxLength, Tokens);

    /// <summary>The first tokens of a text: all, or at least <paramref name="enough"/> of them, exactly as in the whole text.</summary>
    private IReadOnlyList<int> Tokens(string text, int enough, string parameterName)
    {
        SequenceLayout.RequireUnicode(text, parameterName);
        List<int>? ids = null;
        foreach (TextPart part in _added.Split(text))
        {
            if (part.Token is null && part.Length == text.Length)
                return TokensOfText(text, enough);
            ids ??= [];
            if (part.Token is { } token)
                ids.Add(token.Id);
            else
                ids.AddRange(TokensOfText(text.Substring(part.Offset, part.Length), enough - ids.Count));
            if (ids.Count >= enough)
                break;
        }
        return ids ?? [];
    }

    // A text without added tokens.
    private IReadOnlyList<int> TokensOfText(string text, int enough)
    {
        if (_settings.AddPrefixSpace && text[0] != ' ')
            text = ' ' + text;
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
                : _bpe.EncodeToIds(text.AsSpan(offset, length)));
            if (ids.Count >= enough)
                break;
        }
        return ids;
    }
}
