using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>What the files beside vocab.json and merges.txt change, by Hugging Face's rules worked out by hand.</summary>
public sealed class TokenizerDirectoryTests : IDisposable
{
    private static readonly SmallVocabulary _vocabulary = SmallVocabulary.Of("Ġ a", "Ġa b", "a b");
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void NoFileMeansRobertasOwnSettings()
    {
        RobertaTokenizer tokenizer = Tokenizer();
        Assert.Null(tokenizer.SettingsContent);
        Assert.Null(tokenizer.MaxLength);
        Assert.Equal(["<s>", "<pad>", "</s>", "<unk>", "<mask>"], tokenizer.AddedTokens.Select(t => t.Content));
        Assert.Equal([Id("ab"), Id("<mask>"), Id("c")], tokenizer.EncodeWithoutSpecialTokens("ab <mask>c"));
    }

    [Fact]
    public void ABlankIsPutBeforeTextsThatHaveNone()
    {
        Write("tokenizer_config.json", """{"add_prefix_space": true}""");
        RobertaTokenizer tokenizer = Tokenizer();
        Assert.Equal([Id("Ġab")], tokenizer.EncodeWithoutSpecialTokens("ab"));
        Assert.Equal([Id("Ġab")], tokenizer.EncodeWithoutSpecialTokens(" ab"));
        Assert.Equal([Id("Ġab"), Id("<mask>"), Id("Ġab")], tokenizer.EncodeWithoutSpecialTokens("ab<mask>ab"));
        Assert.Empty(tokenizer.EncodeWithoutSpecialTokens(""));
        Assert.Equal([Id("Ġa"), .. Enumerable.Repeat(Id("a"), 399)], tokenizer.EncodeWithoutSpecialTokens(new string('a', 400)));
        Assert.Equal([Id("Ġab"), Id("Ġ"), Id("c")], Kept(tokenizer).EncodeWithoutSpecialTokens("ab c"));
    }

    [Fact]
    public void AddedTokensOfTheOlderFile()
    {
        Write("added_tokens.json", """{"<user>": 264, "abc": 265}""");
        Write("special_tokens_map.json",
            """{"additional_special_tokens": ["<user>"], "mask_token": {"content": "<mask>", "lstrip": false, "rstrip": true}}""");
        foreach (RobertaTokenizer tokenizer in (RobertaTokenizer[])[Tokenizer(), Kept(Tokenizer())])
        {
            Assert.Equal(266, tokenizer.VocabularySize);
            Assert.Equal([264, Id("Ġab"), 265, Id("c")], tokenizer.EncodeWithoutSpecialTokens("<user> ababcc"));
            Assert.Equal([Id("Ġ"), Id("<mask>"), Id("b")], tokenizer.EncodeWithoutSpecialTokens(" <mask> b"));
            Assert.True(tokenizer.AddedTokens.Single(t => t.Id == 264).Special);
            Assert.True(tokenizer.AddedTokens.Single(t => t.Id == 265) is { Special: false, Normalized: true });
        }
    }

    /// <summary>Where tokenizer_config.json lists the tokens itself, the two older files do not count.</summary>
    [Fact]
    public void ANewerListReplacesTheOlderFiles()
    {
        Write("tokenizer_config.json", """
            {"added_tokens_decoder": {"264": {"content": "hey", "single_word": true, "rstrip": true}}, "mask_token": "<mask>",
             "tokenizer_class": "RobertaTokenizerFast", "model_max_length": 1000000000000000019884624838656}
            """);
        Write("added_tokens.json", """{"<user>": 264}""");
        Write("special_tokens_map.json", """{"sep_token": "<unk>"}""");
        RobertaTokenizer tokenizer = Tokenizer();
        Assert.Null(tokenizer.MaxLength);
        Assert.Equal(Id("</s>"), tokenizer.EndId);
        Assert.Equal([264, Id("a"), Id("Ġ"), 264], tokenizer.EncodeWithoutSpecialTokens("hey a hey"));
        Assert.Equal([Id("h"), Id("e"), Id("y"), Id("a")], tokenizer.EncodeWithoutSpecialTokens("heya"));
    }

    [Fact]
    public void SpecialTokensMayHaveOtherNames()
    {
        _vocabulary.Ids.TryGetValue("x", out int x);
        Write("special_tokens_map.json",
            """{"cls_token": "x", "sep_token": {"content": "y"}, "pad_token": "z", "unk_token": null, "mask_token": null}""");
        RobertaTokenizer tokenizer = Tokenizer();
        Assert.Equal((x, Id("y"), Id("z"), null, null),
            (tokenizer.BeginId, tokenizer.EndId, tokenizer.PadId, tokenizer.UnknownId, tokenizer.MaskId));
        Assert.Equal([x, Id("ab"), Id("y"), Id("y"), Id("c"), Id("y")], tokenizer.Encode("ab", "c", 10).Ids);
        // Nothing makes a token of <mask> then, and "y" is one.
        Assert.Equal("<mask>".Length, Kept(tokenizer).EncodeWithoutSpecialTokens("<mask>").Length);
    }

    [Fact]
    public void AVocabularyWithoutMaskIsRead()
    {
        SmallVocabulary vocabulary = SmallVocabulary.Of("a b");
        vocabulary.Ids.Remove("<mask>");
        Write("vocab.json", System.Text.Encoding.UTF8.GetString(vocabulary.VocabularyContent));
        Write("merges.txt", System.Text.Encoding.UTF8.GetString(vocabulary.MergesContent));
        RobertaTokenizer tokenizer = RobertaTokenizer.FromDirectory(_directory.Path);
        Assert.Null(tokenizer.MaskId);
        Assert.Equal("<mask>".Length, tokenizer.EncodeWithoutSpecialTokens("<mask>").Length);
        Assert.Null(tokenizer.SettingsContent);
        vocabulary.Ids.Remove("<unk>");
        Assert.Null(vocabulary.ToTokenizer().UnknownId);
        vocabulary.Ids.Remove("q");
        Assert.Contains("'q' for one of the 256 bytes", Assert.Throws<InvalidDataException>(vocabulary.ToTokenizer).Message);
    }

    [Fact]
    public void TheEndStaysWhereTheBeginningIsCut()
    {
        Write("tokenizer_config.json", """{"truncation_side": "left"}""");
        Assert.Equal([Id("<s>"), Id("c"), Id("d"), Id("</s>")], Tokenizer().Encode("abcd", null, 4).Ids);
        Assert.Equal([Id("<s>"), Id("d"), Id("</s>"), Id("</s>"), Id("b"), Id("</s>")], Tokenizer().Encode("abcd", "cb", 6).Ids);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OneFileAlone(bool pairs)
    {
        AddedToken hey = new("hey", 264) { StripsLeft = true };
        Write("tokenizer.json",
            FastTokenizer.Json(_vocabulary.Ids, _vocabulary.Merges, pairs, [hey], root => root["model"]!.AsObject().Remove("type")));
        RobertaTokenizer tokenizer = RobertaTokenizer.FromDirectory(_directory.Path);
        Assert.Equal([Id("<s>"), Id("ab"), 264, Id("Ġab"), Id("</s>")], tokenizer.Encode("ab hey ab", null, 10).Ids);
        Assert.Equal(tokenizer.Encode("ab hey ab", "c", 10).Ids, Kept(tokenizer).Encode("ab hey ab", "c", 10).Ids);
        Write("tokenizer_config.json", """{"add_prefix_space": true}""");
        Assert.Equal([Id("Ġab")], RobertaTokenizer.FromDirectory(_directory.Path).EncodeWithoutSpecialTokens("ab"));
    }

    [Fact]
    public void ATemplateOfRobertasLayoutIsRead()
    {
        Write("tokenizer.json", FastTokenizer.Json(_vocabulary.Ids, _vocabulary.Merges,
            change: root => root["post_processor"] = Template("<s> A </s>", "<s> A </s> </s> B </s>")));
        Assert.Equal([Id("<s>"), Id("a"), Id("</s>"), Id("</s>"), Id("b"), Id("</s>")],
            RobertaTokenizer.FromDirectory(_directory.Path).Encode("a", "b", 9).Ids);
        Write("tokenizer.json", FastTokenizer.Json(_vocabulary.Ids, _vocabulary.Merges,
            change: root => root["post_processor"] = Template("<s> A </s>", "<s> A </s> B </s>")));
        Assert.Contains("<s> A </s></s> B </s>",
            Assert.Throws<NotSupportedException>(() => RobertaTokenizer.FromDirectory(_directory.Path)).Message);
    }

    [Theory]
    [InlineData("normalizer", """{"type": "NFC"}""", "'normalizer' is of type \"NFC\"")]
    [InlineData("pre_tokenizer", """{"type": "Metaspace"}""", "'type' is \"Metaspace\"")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel", "use_regex": false}""", "'use_regex' is false")]
    [InlineData("pre_tokenizer", "null", "'pre_tokenizer' is null")]
    [InlineData("post_processor", "null", "'post_processor' is null")]
    [InlineData("post_processor", """{"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]}""", "'type' is \"BertProcessing\"")]
    [InlineData("post_processor", """{"type": "RobertaProcessing", "sep": "</s>", "cls": ["<s>", 0]}""", "'sep' is")]
    [InlineData("model/type", "\"WordPiece\"", "'type' is \"WordPiece\"")]
    [InlineData("model/dropout", "0.1", "'dropout' is 0.1")]
    [InlineData("model/byte_fallback", "true", "'byte_fallback' is true")]
    [InlineData("model/ignore_merges", "true", "'ignore_merges' is true")]
    [InlineData("model/end_of_word_suffix", "\"x\"", "'end_of_word_suffix' is \"x\"")]
    [InlineData("model/vocab", "[1]", "'vocab' is Array")]
    [InlineData("model/vocab", """{"a": 0}""", "needs the token 'Ġ'")]
    [InlineData("model/merges", "null", "'merges' is null")]
    [InlineData("model/merges", "[[\"a\"]]", "'merges' is Array")]
    [InlineData("model/merges", "[[\"a\", 1]]", "'merges' is Array")]
    [InlineData("model/merges", "[\"a b c\"]", "line 2: 'a b c' is not a merge")]
    [InlineData("model/merges", "[\"a b\\nĠ a\"]", "which have no line breaks")]
    [InlineData("model/merges", "[]", "has 0 merges")]
    [InlineData("added_tokens", "{}", "'added_tokens' is Object")]
    [InlineData("added_tokens", "[{\"id\": 5}]", "'content' is missing")]
    [InlineData("added_tokens", "[{\"id\": 5, \"content\": \"\"}]", "an added token is empty")]
    [InlineData("added_tokens", "[{\"id\": -5, \"content\": \"new\"}]", "has the id -5")]
    [InlineData("added_tokens", "[{\"id\": 5, \"content\": \"new\"}]", "have the same id 5")]
    [InlineData("added_tokens", "[{\"id\": 999, \"content\": \"<mask>\"}]", "'<mask>' has the id")]
    [InlineData("added_tokens", "[{\"id\": \"5\", \"content\": \"x\"}]", "'id' is \"5\"")]
    public void WhatOneFileSaysOtherwiseIsRefusedByItsName(string place, string value, string said)
    {
        Write("tokenizer.json", FastTokenizer.Json(_vocabulary.Ids, _vocabulary.Merges, change: root =>
        {
            string[] path = place.Split('/');
            JsonObject holder = path.Length == 2 ? root[path[0]]!.AsObject() : root;
            holder[path[^1]] = JsonNode.Parse(value);
        }));
        Exception error = Assert.ThrowsAny<Exception>(() => RobertaTokenizer.FromDirectory(_directory.Path));
        Assert.True(error is InvalidDataException or NotSupportedException, $"{error}");
        Assert.StartsWith(_directory["tokenizer.json"], error.Message);
        Assert.Contains(said, error.Message);
    }

    /// <summary>The library of tokenizer.json says true there, RobertaTokenizer false.</summary>
    [Fact]
    public void ABlankThatOnlyOneFileSpeaksOfIsRefused()
    {
        Write("tokenizer.json",
            FastTokenizer.Json(_vocabulary.Ids, _vocabulary.Merges, change: root => root["pre_tokenizer"]!["add_prefix_space"] = true));
        Assert.Contains("\"add_prefix_space\": true or false",
            Assert.Throws<InvalidDataException>(() => RobertaTokenizer.FromDirectory(_directory.Path)).Message);
        Write("tokenizer_config.json", """{"add_prefix_space": false}""");
        Assert.False(RobertaTokenizer.FromDirectory(_directory.Path).AddsPrefixSpace);
    }

    [Theory]
    [InlineData("tokenizer_config.json", "[]", "is damaged")]
    [InlineData("tokenizer_config.json", "{", "is damaged")]
    [InlineData("tokenizer_config.json", """{"add_prefix_space": 1}""", "'add_prefix_space' is 1")]
    [InlineData("tokenizer_config.json", """{"add_prefix_space": true, "add_prefix_space": false}""", "is damaged")]
    [InlineData("tokenizer_config.json", """{"tokenizer_class": "XLMRobertaTokenizer"}""", "'tokenizer_class' is \"XLMRobertaTokenizer\"")]
    [InlineData("tokenizer_config.json", """{"model_max_length": 3}""", "'model_max_length' is 3")]
    [InlineData("tokenizer_config.json", """{"model_max_length": "512"}""", "'model_max_length' is \"512\"")]
    [InlineData("tokenizer_config.json", """{"truncation_side": "both"}""", "'truncation_side' is \"both\"")]
    [InlineData("tokenizer_config.json", """{"cls_token": null}""", "'cls_token' is null")]
    [InlineData("tokenizer_config.json", """{"sep_token": 5}""", "'sep_token' is 5")]
    [InlineData("tokenizer_config.json", """{"pad_token": "<nothing>"}""", "has no token '<nothing>'")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"x": {"content": "y"}}}""", "'x' is Object")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"2": {"content": "new"}}}""", "'</s>' and 'new' have the same id 2")]
    [InlineData("special_tokens_map.json", """{"additional_special_tokens": [1]}""", "'additional_special_tokens'")]
    [InlineData("added_tokens.json", """{"new": "1"}""", "'new' is \"1\"")]
    [InlineData("added_tokens.json", """{"new": 99999999}""", "has the id 99999999")]
    public void WhatIsWrongWithAFileIsSaid(string file, string content, string said)
    {
        Write(file, content);
        Exception error = Assert.ThrowsAny<Exception>(Tokenizer);
        Assert.True(error is InvalidDataException or NotSupportedException, $"{error}");
        Assert.Contains(said, error.Message);
    }

    [Theory]
    [InlineData("#version: 0.2\n", "has 0 merges")]
    [InlineData("", "is empty")]
    [InlineData("#version: 0.2\nĠ a\n", "2 of the vocabulary's 3 tokens")]
    public void MergesThatAreMissingOrCutOffAreRefused(string merges, string said)
    {
        Write("vocab.json", System.Text.Encoding.UTF8.GetString(_vocabulary.VocabularyContent));
        Write("merges.txt", merges);
        Assert.Contains(said, Assert.Throws<InvalidDataException>(() => RobertaTokenizer.FromDirectory(_directory.Path)).Message);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"add_prefix_space": 1}""")]
    [InlineData("""{"unknown_setting": true}""")]
    [InlineData("""{"added_tokens": null}""")]
    [InlineData("""{"added_tokens": [null]}""")]
    [InlineData("""{"added_tokens": [{"content": "x"}]}""")]
    [InlineData("""{"added_tokens": [{"content": null, "id": 300}]}""")]
    [InlineData("""{"added_tokens": [{"content": "new", "id": 300}, {"content": "new", "id": 301}]}""")]
    [InlineData("""{"begin": null}""")]
    [InlineData("""{"begin": "<nothing>"}""")]
    [InlineData("""{"max_length": 1}""")]
    public void DamagedSettingsOfASavedModelAreRefused(string settings)
        => Assert.Throws<InvalidDataException>(() => RobertaTokenizer.FromContents(
            _vocabulary.VocabularyContent, _vocabulary.MergesContent, System.Text.Encoding.UTF8.GetBytes(settings)));

    private static int Id(string token) => _vocabulary.Ids[token];

    private static RobertaTokenizer Kept(RobertaTokenizer tokenizer)
        => RobertaTokenizer.FromContents(tokenizer.VocabularyContent, tokenizer.MergesContent, tokenizer.SettingsContent);

    private void Write(string file, string content) => File.WriteAllText(_directory[file], content);

    private static JsonObject Template(string single, string pair) => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = Parts(single),
        ["pair"] = Parts(pair),
        ["special_tokens"] = new JsonObject(),
    };

    private static JsonArray Parts(string layout) => [.. layout.Split(' ').Select(part => (JsonNode)new JsonObject
    {
        [part.Length == 1 ? "Sequence" : "SpecialToken"] = new JsonObject { ["id"] = part, ["type_id"] = 0 },
    })];

    // vocab.json and merges.txt beside what a test wrote.
    private RobertaTokenizer Tokenizer()
    {
        File.WriteAllBytes(_directory["vocab.json"], _vocabulary.VocabularyContent);
        File.WriteAllBytes(_directory["merges.txt"], _vocabulary.MergesContent);
        return RobertaTokenizer.FromDirectory(_directory.Path);
    }
}
