using System.Text;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Families;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>
/// WordPiece against golden/wordpiece, which an independent implementation of the published rules made (make_golden.py there) with MiniLM's
/// vocabulary, and the files of a directory.
/// </summary>
public sealed class BertTokenizerTests : IDisposable
{
    private static readonly JsonElement _golden =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Golden, "wordpiece", "encodings.json"))).RootElement;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("uncased", "{}")]
    [InlineData("uncased", """{"do_lower_case": true, "strip_accents": null, "tokenizer_class": "BertTokenizerFast"}""")]
    [InlineData("cased", """{"do_lower_case": false}""")]
    [InlineData("accents", """{"strip_accents": false}""")]
    [InlineData("plain", """{"tokenize_chinese_chars": false}""")]
    public void Ids_are_those_of_the_published_rules(string kind, string configuration)
    {
        Write("vocab.txt", MiniLM.Vocabulary);
        Write("tokenizer_config.json", configuration);
        BertTokenizer tokenizer = BertTokenizer.FromDirectory(_directory.Path);
        BertTokenizer kept = BertTokenizer.FromContents(tokenizer.Files[0].Content, tokenizer.Files[1].Content);
        Assert.True(_golden.GetArrayLength() > 50);
        foreach (JsonElement entry in _golden.EnumerateArray())
        {
            string text = entry.GetProperty("text").GetString()!;
            int[] expected = [.. entry.GetProperty(kind).EnumerateArray().Select(i => i.GetInt32())];
            Assert.Equal((text, expected), (text, tokenizer.EncodeWithoutSpecialTokens(text)), Same);
            Assert.Equal((text, expected), (text, kept.EncodeWithoutSpecialTokens(text)), Same);
            // Cut, it is the start of the whole.
            Assert.Equal([tokenizer.BeginId, .. expected.Take(6), tokenizer.EndId], tokenizer.Encode(text, null, 8).Ids);
        }
    }

    [Fact]
    public void Ids_and_sizes_are_BERTs()
    {
        BertTokenizer tokenizer = MiniLM.Tokenizer;
        Assert.Equal((101, 102, 0, 100, 103),
            (tokenizer.BeginId, tokenizer.EndId, tokenizer.PadId, tokenizer.UnknownId!.Value, tokenizer.MaskId!.Value));
        Assert.Equal((30522, null, true), (tokenizer.VocabularySize, tokenizer.MaxLength, tokenizer.IsUncased));
        Encoded pair = tokenizer.Encode("hello world", "hello", 16);
        Assert.Equal([101, 7592, 2088, 102, 7592, 102], pair.Ids);
        Assert.Equal((false, 4), (pair.IsTruncated, pair.SecondStart));
        Assert.Contains("at least 3", Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("", "", 2)).Message);
        Assert.Throws<ArgumentException>(() => tokenizer.Encode("half \ud800", null, 16));
    }

    [Fact]
    public void The_longer_text_loses_its_last_tokens_or_its_first_where_the_files_say_so()
    {
        WriteSmall("""{"truncation_side": "left"}""");
        BertTokenizer left = BertTokenizer.FromDirectory(_directory.Path);
        Assert.Equal([2, 6, 5, 3], left.Encode("a b a", null, 4).Ids);
        BertTokenizer right = BertTokenizer.FromContents(left.Files[0].Content);
        Assert.Equal([2, 5, 6, 3], right.Encode("a b a", null, 4).Ids);
        Encoded pair = right.Encode("a b a b", "b", 6);
        Assert.Equal([2, 5, 6, 3, 6, 3], pair.Ids);
        Assert.Equal((true, 4), (pair.IsTruncated, pair.SecondStart));
    }

    [Fact]
    public void Words_that_are_never_split_stay_whole()
    {
        WriteSmall("""{"never_split": ["A-B", "x-y"]}""", "A-B");
        BertTokenizer tokenizer = BertTokenizer.FromDirectory(_directory.Path);
        // What stays whole and is no token is unknown, as a-b with its hyphen is in three parts.
        Assert.Equal([5, 8, 1, 5, 1, 6], tokenizer.EncodeWithoutSpecialTokens("a A-B x-y a-b"));
    }

    [Fact]
    public void A_tokenizer_json_is_read_and_must_agree_with_its_configuration()
    {
        Write("tokenizer.json", Fast());
        BertTokenizer tokenizer = BertTokenizer.FromDirectory(_directory.Path);
        Assert.Equal([5, 7, 6], tokenizer.EncodeWithoutSpecialTokens("AC B"));
        Assert.Equal([2, 5, 3, 6, 3], tokenizer.Encode("a", "b", 9).Ids);
        Assert.Equal("vocab.txt", tokenizer.Files[0].Name);

        Write("tokenizer.json", Fast().Replace("\"lowercase\": true", "\"lowercase\": false"));
        Assert.Contains("do_lower_case", Assert.Throws<InvalidDataException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
        Write("tokenizer_config.json", """{"do_lower_case": false}""");
        Assert.False(BertTokenizer.FromDirectory(_directory.Path).IsUncased);
    }

    [Theory]
    [InlineData("\"WordPiece\"", "\"Unigram\"", "WordPiece")]
    [InlineData("\"BertNormalizer\"", "\"Lowercase\"", "BertNormalizer")]
    [InlineData("\"BertPreTokenizer\"", "\"Whitespace\"", "BertPreTokenizer")]
    [InlineData("\"continuing_subword_prefix\": \"##\"", "\"continuing_subword_prefix\": \"@@\"", "continuing_subword_prefix")]
    [InlineData("\"max_input_chars_per_word\": 100", "\"max_input_chars_per_word\": 50", "max_input_chars_per_word")]
    [InlineData("\"id\": \"B\", \"type_id\": 1", "\"id\": \"B\", \"type_id\": 0", "BERT's layout")]
    public void Other_tokenizers_are_refused_by_what_differs(string part, string other, string named)
    {
        string file = Fast();
        Assert.Contains(part, file);
        Write("tokenizer.json", file.Replace(part, other));
        Assert.Contains(named, Assert.Throws<NotSupportedException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
    }

    [Fact]
    public void Damaged_files_are_named()
    {
        Assert.Contains("vocab.txt", Assert.Throws<FileNotFoundException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
        Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\na\n");
        Assert.Contains("no token '[SEP]'. A BERT vocabulary",
            Assert.Throws<InvalidDataException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
        Write("vocab.txt", "[PAD]\n[CLS]\n[SEP]\na\n");
        Assert.Contains("'[UNK]'", Assert.Throws<InvalidDataException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
        Write("vocab.txt", "\n\n");
        Assert.Contains("no tokens", Assert.Throws<InvalidDataException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
        Write("vocab.txt", [0x61, 0xFF, 0x0A]);
        Assert.Contains("vocab.txt", Assert.Throws<InvalidDataException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
        WriteSmall("""{"tokenizer_class": "RobertaTokenizer"}""");
        Assert.Contains("BertTokenizer", Assert.Throws<NotSupportedException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
        WriteSmall("""{"added_tokens_decoder": {"5": {"content": "a", "normalized": true}}}""");
        Assert.Contains("'a'", Assert.Throws<NotSupportedException>(() => BertTokenizer.FromDirectory(_directory.Path)).Message);
        Assert.Throws<InvalidDataException>(() => BertTokenizer.FromContents(Small(), "{\"lower_case\": 5}"u8.ToArray()));
        Assert.Throws<InvalidDataException>(() => BertTokenizer.FromContents(Small(), "{}"u8.ToArray()));
    }

    private static bool Same((string Text, int[] Ids) a, (string Text, int[] Ids) b)
        => a.Text == b.Text && a.Ids.AsSpan().SequenceEqual(b.Ids);

    // [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4, a 5, b 6, ##c 7.
    private static byte[] Small(params string[] more)
        => Encoding.UTF8.GetBytes(string.Join('\n', (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##c", .. more])
            + "\n");

    private void WriteSmall(string configuration, params string[] more)
    {
        Write("vocab.txt", Small(more));
        Write("tokenizer_config.json", configuration);
    }

    private void Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    private void Write(string name, byte[] content) => File.WriteAllBytes(_directory[name], content);

    private static string Fast() => """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [{"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
         "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
          "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                   {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]},
         "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
          "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5, "b": 6, "##c": 7}}}
        """;
}
