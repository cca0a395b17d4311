using System.Text;
using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// What a WordPiece tokenizer does beside its vocabulary; <c>tokenizer_settings.json</c> of a saved model. Nothing that is read is trusted.
/// </summary>
internal sealed record WordPieceSettings
{
    private static readonly JsonSerializerOptions _json = new(SnakeCaseJson.Strict) { RespectRequiredConstructorParameters = true };

    /// <summary>Special and added tokens, maximum, truncation.</summary>
    public required TokenizerSettings Tokens { get; init; }

    /// <summary>Whether text is made lower-case; Hugging Face's <c>do_lower_case</c>.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Whether accents are taken off; Hugging Face's <c>strip_accents</c>, by default as <see cref="LowerCase"/>.</summary>
    public bool StripAccents { get; init; } = true;

    /// <summary>Whether every Chinese character is a word; Hugging Face's <c>tokenize_chinese_chars</c>.</summary>
    public bool SplitChinese { get; init; } = true;

    /// <summary>Words between blanks that stay as they are; Hugging Face's <c>never_split</c>.</summary>
    public IReadOnlyList<string> NeverSplit { get; init; } = [];

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static WordPieceSettings Parse(ReadOnlySpan<byte> json, string source)
    {
        try
        {
            return JsonSerializer.Deserialize<WordPieceSettings>(json, _json) ?? throw new JsonException("It holds null.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{source} is damaged: {exception.Message}", exception);
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, _json);
}

/// <summary>
/// Reads a tokenizer.json, the one file of Hugging Face's fast tokenizers, which must be WordPiece with BERT's normaliser and layout:
/// anything
/// else in it is refused by its name. The content is not trusted.
/// </summary>
/// <param name="Vocabulary">The vocabulary, in the form of vocab.txt.</param>
/// <param name="Settings">What the file itself says of the settings.</param>
internal sealed record WordPieceJson(byte[] Vocabulary, WordPieceSettings Settings)
{
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="NotSupportedException">It is no WordPiece of BERT's kind; the message says what differs.</exception>
    public static WordPieceJson Parse(ReadOnlyMemory<byte> content, string source)
    {
        using JsonDocument document = TokenizerFiles.ParseObject(content, source);
        var root = new TokenizerKeys(document.RootElement, source, TokenizerKind.Bert);
        TokenizerKeys model = root.Object("model"), normalizer = root.Object("normalizer");
        // Older files do not name it, but BPE's model has merges.
        if (model.Text("type") is not (null or "WordPiece") || model.Has("merges"))
            throw model.Unsupported("type", "\"WordPiece\"");
        if ((model.Text("continuing_subword_prefix") ?? "##") != "##")
            throw model.Unsupported("continuing_subword_prefix", "\"##\"");
        if (model.Has("max_input_chars_per_word") && model.Integer("max_input_chars_per_word") != WordPieceVocabulary.LongestWord)
            throw model.Unsupported("max_input_chars_per_word", $"{WordPieceVocabulary.LongestWord}");
        if (normalizer.Text("type") != "BertNormalizer" || normalizer.Boolean("clean_text") == false)
            throw normalizer.Unsupported("type", "\"BertNormalizer\" with clean_text");
        if (root.Object("pre_tokenizer").Text("type") != "BertPreTokenizer")
            throw root.Object("pre_tokenizer").Unsupported("type", "\"BertPreTokenizer\"");
        (string begin, string end) = Layout(root.Object("post_processor"));
        bool lowerCase = normalizer.Boolean("lowercase") ?? true;
        return new WordPieceJson(Lines(model), new WordPieceSettings
        {
            LowerCase = lowerCase,
            StripAccents = normalizer.Boolean("strip_accents") ?? lowerCase,
            SplitChinese = normalizer.Boolean("handle_chinese_chars") ?? true,
            Tokens = new TokenizerSettings
            {
                Begin = begin,
                End = end,
                AddedTokens = [.. root.Objects("added_tokens").Select(t => t.ReadToken(t.Integer("id")))],
            },
        });
    }

    // [CLS] a [SEP], or [CLS] a [SEP] b [SEP], where b and its end are of type 1.
    private static (string Begin, string End) Layout(TokenizerKeys processor)
    {
        switch (processor.Text("type"))
        {
            case "BertProcessing":
                return (processor.TokenWithId("cls"), processor.TokenWithId("sep"));
            case "TemplateProcessing":
                string[] single = processor.Template("single"), pair = processor.Template("pair");
                int[] types = [.. processor.Objects("pair").Select(part
                    => (part.Has("SpecialToken") ? part.Object("SpecialToken") : part.Object("Sequence")).Integer("type_id"))];
                if (single is [var begin, "A", var end] && pair.SequenceEqual([begin, "A", end, "B", end])
                    && begin.Length > 1 && end.Length > 1 && types is [0, 0, 0, 1, 1])
                    return (begin[1..], end[1..]);
                throw processor.Unsupported("single", "BERT's layout, [CLS] A [SEP] and [CLS] A [SEP] B [SEP]");
            default:
                throw processor.Unsupported("type", "\"TemplateProcessing\" or \"BertProcessing\"");
        }
    }

    private static byte[] Lines(TokenizerKeys model)
    {
        JsonElement vocabulary = model.Object("vocab").Element;
        Dictionary<string, int> ids = VocabularyFile.Parse(Encoding.UTF8.GetBytes(vocabulary.GetRawText()), "tokenizer.json: model: vocab");
        string[] lines = new string[ids.Values.DefaultIfEmpty(-1).Max() + 1];
        foreach ((string token, int id) in ids)
            lines[id] = token.AsSpan().ContainsAny('\n', '\r') ? throw model.Wrong("vocab", "tokens without line breaks") : token;
        // Holes are lines that no word can be.
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")));
    }
}
