using System.Text;
using System.Text.Json;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>
/// Reads a tokenizer.json, the one file of Hugging Face's fast tokenizers, which must be byte-level BPE with RoBERTa's layout: anything
/// else
/// in it is refused by its name. The content is not trusted.
/// </summary>
internal sealed record TokenizerJson
{
    /// <summary>The vocabulary, in the form of vocab.json.</summary>
    public required byte[] Vocabulary { get; init; }

    /// <summary>The merges, in the form of merges.txt.</summary>
    public required byte[] Merges { get; init; }

    /// <summary>What the file itself says of the settings.</summary>
    public required TokenizerSettings Settings { get; init; }

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="NotSupportedException">It is no byte-level BPE of RoBERTa's kind; the message says what differs.</exception>
    public static TokenizerJson Parse(ReadOnlyMemory<byte> content, string source)
    {
        using JsonDocument document = TokenizerFiles.ParseObject(content, source);
        var root = new TokenizerKeys(document.RootElement, source, TokenizerKind.Roberta);
        if (root.Has("normalizer"))
            throw root.Unsupported("normalizer", "none");
        CheckModel(root.Object("model"));
        (string begin, string end) = Layout(root.Object("post_processor"));
        TokenizerKeys model = root.Object("model");
        return new TokenizerJson
        {
            Vocabulary = Encoding.UTF8.GetBytes(model.Object("vocab").Element.GetRawText()),
            Merges = ReadMerges(model),
            Settings = new TokenizerSettings
            {
                Begin = begin,
                End = end,
                AddPrefixSpace = ReadPreTokenizer(root.Object("pre_tokenizer")),
                AddedTokens = [.. root.Objects("added_tokens").Select(t => t.ReadToken(t.Integer("id")))],
            },
        };
    }

    private static void CheckModel(TokenizerKeys model)
    {
        // Older files do not name it.
        if (model.Text("type") is not (null or "BPE"))
            throw model.Unsupported("type", "\"BPE\"");
        foreach (string key in (string[])["dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges"])
        {
            if (!model.IsOff(key))
                throw model.Unsupported(key, "none");
        }
    }

    private static bool ReadPreTokenizer(TokenizerKeys preTokenizer)
    {
        if (preTokenizer.Text("type") != "ByteLevel")
            throw preTokenizer.Unsupported("type", "\"ByteLevel\"");
        if (preTokenizer.Boolean("use_regex") == false)
            throw preTokenizer.Unsupported("use_regex", "true");
        return preTokenizer.Boolean("add_prefix_space") ?? true;
    }

    // <s> a </s>, or <s> a </s></s> b </s>.
    private static (string Begin, string End) Layout(TokenizerKeys processor)
    {
        switch (processor.Text("type"))
        {
            case "RobertaProcessing":
                return (processor.TokenWithId("cls"), processor.TokenWithId("sep"));
            case "TemplateProcessing":
                string[] single = processor.Template("single"), pair = processor.Template("pair");
                if (single is [var begin, "A", var end] && pair.SequenceEqual([begin, "A", end, end, "B", end])
                    && begin.Length > 1 && end.Length > 1)
                    return (begin[1..], end[1..]);
                throw processor.Unsupported("single", "RoBERTa's layout, <s> A </s> and <s> A </s></s> B </s>");
            default:
                throw processor.Unsupported("type", "\"RobertaProcessing\"");
        }
    }

    private static byte[] ReadMerges(TokenizerKeys model)
    {
        if (!model.Element.TryGetProperty("merges", out JsonElement merges) || merges.ValueKind != JsonValueKind.Array)
            throw model.Wrong("merges", "a list of merges");
        // A first line as in merges.txt: a merge may itself begin with '#'.
        var lines = new StringBuilder("#version: 0.2\n");
        foreach (JsonElement merge in merges.EnumerateArray())
        {
            string line = merge.ValueKind switch
            {
                JsonValueKind.String => merge.GetString()!,
                JsonValueKind.Array when merge.GetArrayLength() == 2 && merge.EnumerateArray().All(m => m.ValueKind == JsonValueKind.String)
                    => $"{merge[0].GetString()} {merge[1].GetString()}",
                _ => throw model.Wrong("merges", "a list of \"left right\" or [\"left\", \"right\"]"),
            };
            if (line.AsSpan().ContainsAny('\n', '\r'))
                throw model.Wrong("merges", "a list of byte-level merges, which have no line breaks");
            lines.Append(line).Append('\n');
        }
        return Encoding.UTF8.GetBytes(lines.ToString());
    }
}
