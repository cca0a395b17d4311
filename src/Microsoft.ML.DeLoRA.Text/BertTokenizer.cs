namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// BERT's tokenizer: WordPiece with the ids, the layout and the truncation of Hugging Face's BertTokenizer, cased or uncased, and the
/// settings
/// (<c>do_lower_case</c>, <c>strip_accents</c>, added tokens, names of special tokens) of the files in its directory.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class BertTokenizer : ITextTokenizer
{
    private readonly WordPieceVocabulary _vocabulary;
    private readonly WordPieceSettings _settings;
    private readonly WordNormalizer _normalizer;
    private readonly AddedTokens _added;
    private readonly SequenceLayout _layout;
    private readonly int _unknownId;

    private BertTokenizer(
        ReadOnlyMemory<byte> vocabulary, string source, Func<IReadOnlyDictionary<string, int>, WordPieceSettings> settings)
    {
        _vocabulary = WordPieceVocabulary.Parse(vocabulary.Span, source);
        WordPieceSettings given = settings(_vocabulary.Ids);
        TokenizerSettings tokens = given.Tokens.Resolve(_vocabulary.Ids, source, isByteLevel: false);
        _settings = given with { Tokens = tokens };
        if (tokens.AddedTokens.FirstOrDefault(t => t.Normalized) is { } normalized)
            throw new NotSupportedException($"{source}: the added token '{normalized.Content}' is looked for in normalised text "
                + "(\"normalized\": true), which is not supported for WordPiece; only tokens with \"normalized\": false are.");
        Files = [(TokenizerFiles.VocabularyLines, vocabulary), (TokenizerFiles.Settings, _settings.ToJson())];
        (BeginId, EndId, PadId) = (tokens.IdOf(tokens.Begin), tokens.IdOf(tokens.End), tokens.IdOf(tokens.Pad));
        _unknownId = tokens.IdOf(tokens.Unknown!);
        MaskId = tokens.Mask is { } mask ? tokens.IdOf(mask) : null;
        VocabularySize = _vocabulary.Ids.Values.Concat(tokens.AddedTokens.Select(a => a.Id)).Max() + 1;
        _layout = new SequenceLayout(BeginId, EndId, between: [], tokens.TruncateLeft);
        _added = new AddedTokens(tokens.AddedTokens, tokens.SplitSpecialTokens);
        _normalizer = new WordNormalizer(_settings);
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <summary>The id of <c>[CLS]</c>, or what stands for it (<c>cls_token</c>), with which every sequence begins.</summary>
    public int BeginId { get; }

    /// <summary>The id of <c>[SEP]</c>, or what stands for it (<c>sep_token</c>), with which every text ends.</summary>
    public int EndId { get; }

    /// <summary>The id of <c>[PAD]</c>.</summary>
    public int PadId { get; }

    /// <summary>The id of <c>[UNK]</c>, which a word becomes that no pieces make up.</summary>
    public int? UnknownId => _unknownId;

    /// <summary>The id of <c>[MASK]</c>; null where the vocabulary has none.</summary>
    public int? MaskId { get; }

    /// <inheritdoc/>
    public int? MaxLength => _settings.Tokens.MaxLength;

    /// <summary>Whether text is made lower-case before it is cut into pieces (<c>do_lower_case</c>).</summary>
    public bool IsUncased => _settings.LowerCase;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> Files { get; }

    /// <summary>
    /// Reads a Hugging Face model directory: tokenizer.json, or vocab.txt where there is none; beside them tokenizer_config.json,
    /// special_tokens_map.json and added_tokens.json, as far as they are there.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">The directory does not exist.</exception>
    /// <exception cref="FileNotFoundException">There is no vocabulary.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or they do not belong together.</exception>
    /// <exception cref="NotSupportedException">
    /// It is another tokenizer than WordPiece as BERT has it; the message says what differs.
    /// </exception>
    public static BertTokenizer FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException(
                $"The model directory '{directory}' does not exist. Expected a directory with {TokenizerFiles.VocabularyLines}.");
        var files = new TokenizerDirectory(directory, TokenizerKind.Bert);
        WordPieceJson? fast = files.IsFast
            ? WordPieceJson.Parse(TokenizerFiles.Read(files.FastPath, TokenizerKind.Bert), files.FastPath) : null;
        return new(
            fast?.Vocabulary ?? files.Read(TokenizerFiles.VocabularyLines),
            fast is null ? files.Path(TokenizerFiles.VocabularyLines) : files.FastPath,
            ids => ReadSettings(files, fast?.Settings, ids));
    }

    /// <summary>Makes a tokenizer from what <see cref="Files"/> gave, as a saved model keeps it.</summary>
    /// <param name="vocabulary">The content of vocab.txt.</param>
    /// <param name="settings">The other settings; null: those of bert-base-uncased.</param>
    /// <exception cref="InvalidDataException">One of them is damaged, or they do not belong together.</exception>
    public static BertTokenizer FromContents(ReadOnlyMemory<byte> vocabulary, ReadOnlyMemory<byte>? settings = null)
        => new(vocabulary, TokenizerFiles.VocabularyLines, _ => settings is { } content
            ? WordPieceSettings.Parse(content.Span, TokenizerFiles.Settings)
            : new WordPieceSettings { Tokens = UsualTokens });

    /// <summary>How many special tokens stand around a text, or a pair.</summary>
    internal static int SpecialTokenCount(bool isPair) => isPair ? 3 : 2;

    /// <inheritdoc/>
    public int[] EncodeWithoutSpecialTokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Tokens(text, int.MaxValue, nameof(text))];
    }

    /// <inheritdoc/>
    /// <remarks>A pair has three special tokens: <c>[CLS] a [SEP] b [SEP]</c>.</remarks>
    public Encoded Encode(string text, string? pair, int maxLength) => _layout.Encode(text, pair, maxLength, Tokens);

    private static TokenizerSettings UsualTokens { get; } =
        new() { Begin = "[CLS]", End = "[SEP]", Pad = "[PAD]", Unknown = "[UNK]", Mask = "[MASK]" };

    // Words are encoded independently of each other and each gives at least one token.
    private List<int> Tokens(string text, int enough, string parameterName)
    {
        SequenceLayout.RequireUnicode(text, parameterName);
        var ids = new List<int>();
        foreach (TextPart part in _added.Split(text))
        {
            if (part.Token is { } token)
                ids.Add(token.Id);
            else
                AddWords(part.Length == text.Length ? text : text.Substring(part.Offset, part.Length), enough, ids);
            if (ids.Count >= enough)
                break;
        }
        return ids;
    }

    private void AddWords(string text, int enough, List<int> ids)
    {
        foreach ((string word, bool isWhole) in _normalizer.Words(text))
        {
            if (isWhole)
                ids.Add(_vocabulary.Ids.TryGetValue(word, out int id) ? id : _unknownId);
            else
                _vocabulary.Encode(word, _unknownId, ids);
            if (ids.Count >= enough)
                return;
        }
    }

    private static WordPieceSettings ReadSettings(TokenizerDirectory files, WordPieceSettings? fast, IReadOnlyDictionary<string, int> ids)
        => files.FromConfiguration(keys =>
        {
            bool lowerCase = Said(keys, "do_lower_case", usual: true, fast?.LowerCase, files);
            return new WordPieceSettings
            {
                Tokens = files.Settings(ids, fast?.Tokens),
                LowerCase = lowerCase,
                StripAccents = keys.Boolean("strip_accents") ?? (keys.Mentions("strip_accents") ? null : fast?.StripAccents) ?? lowerCase,
                SplitChinese = Said(keys, "tokenize_chinese_chars", usual: true, fast?.SplitChinese, files),
                NeverSplit = [.. keys.SpecialTokens("never_split").Select(t => t.Content)],
            };
        });

    // Where tokenizer_config.json says nothing, tokenizer.json's own library and BertTokenizer, which has a default, may differ.
    private static bool Said(TokenizerKeys keys, string key, bool usual, bool? fast, TokenizerDirectory files)
    {
        if (keys.Boolean(key) is { } said)
            return said;
        return fast is not { } other || other == usual ? usual : throw new InvalidDataException(
            $"{files.FastPath} has a normalizer other than {key} {(usual ? "true" : "false")}, and no tokenizer_config.json says {key}, "
            + $"without which Hugging Face's BertTokenizer takes it for {(usual ? "true" : "false")}. "
            + $"Write \"{key}\": true or false into tokenizer_config.json.");
    }
}
