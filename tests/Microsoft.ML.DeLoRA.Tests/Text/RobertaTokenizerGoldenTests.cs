using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>The same ids as Hugging Face's RobertaTokenizer, on every golden text, with RoBERTa's own vocabulary.</summary>
public class RobertaTokenizerGoldenTests
{
    [SharedFact(GoldenEncodings.VocabularyPath)]
    public void Singles() => CheckAll("singles", entry => (entry.GetProperty("text").GetString()!, null, 100_000));

    [SharedFact(GoldenEncodings.VocabularyPath)]
    public void Pairs() => CheckAll("pairs", entry => (entry.GetProperty("a").GetString()!, entry.GetProperty("b").GetString()!, 100_000));

    [SharedFact(GoldenEncodings.VocabularyPath)]
    public void Truncation() => CheckAll("truncation_longest_first", entry => (
        entry.GetProperty("a").GetString()!,
        entry.TryGetProperty("b", out JsonElement pair) ? pair.GetString() : null,
        entry.GetProperty("max_length").GetInt32()));

    [SharedFact(GoldenEncodings.VocabularyPath)]
    public void ABlankBeforeTheText()
    {
        using var directory = new TemporaryDirectory();
        foreach (string file in (string[])["vocab.json", "merges.txt"])
            File.Copy(Path.Combine(Repository.Shared, GoldenEncodings.VocabularyPath, file), directory[file]);
        File.WriteAllText(directory["tokenizer_config.json"],
            """{"add_prefix_space": true, "tokenizer_class": "RobertaTokenizer", "model_max_length": 512}""");
        RobertaTokenizer tokenizer = RobertaTokenizer.FromDirectory(directory.Path);
        Assert.Equal((true, 512), (tokenizer.AddsPrefixSpace, tokenizer.MaxLength));
        RobertaTokenizer kept =
            RobertaTokenizer.FromContents(tokenizer.VocabularyContent, tokenizer.MergesContent, tokenizer.SettingsContent);
        CheckAll("add_prefix_space", entry => (entry.GetProperty("text").GetString()!, null, 100_000), tokenizer);
        CheckAll("add_prefix_space", entry => (entry.GetProperty("text").GetString()!, null, 100_000), kept);
    }

    /// <summary>RoBERTa's own vocabulary as one tokenizer.json, in both forms of merges.</summary>
    [SharedTheory(GoldenEncodings.VocabularyPath)]
    [InlineData(false)]
    [InlineData(true)]
    public void OneFileGivesTheSame(bool pairs)
    {
        using var directory = new TemporaryDirectory();
        RobertaTokenizer plain = GoldenEncodings.Tokenizer;
        var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(plain.VocabularyContent.Span)!;
        IEnumerable<string> merges = System.Text.Encoding.UTF8.GetString(plain.MergesContent.Span).Split('\n').Skip(1)
            .Where(m => m.Length > 0);
        File.WriteAllText(directory["tokenizer.json"], FastTokenizer.Json(ids, merges, pairs));
        RobertaTokenizer tokenizer = RobertaTokenizer.FromDirectory(directory.Path);
        CheckAll("singles", entry => (entry.GetProperty("text").GetString()!, null, 100_000), tokenizer);
        CheckAll("pairs", entry => (entry.GetProperty("a").GetString()!, entry.GetProperty("b").GetString()!, 100_000), tokenizer);
    }

    /// <summary>Padding is another's affair; what lies under the attention mask is not.</summary>
    [SharedFact(GoldenEncodings.VocabularyPath)]
    public void Batches()
    {
        foreach (JsonElement batch in GoldenEncodings.Read("encodings.json").GetProperty("batches").EnumerateArray())
        {
            JsonElement pairs = batch.GetProperty("b");
            for (int row = 0; row < batch.GetProperty("a").GetArrayLength(); row++)
            {
                int length = batch.GetProperty("attention_mask")[row].EnumerateArray().Sum(mask => mask.GetInt32());
                Assert.Equal(
                    batch.GetProperty("input_ids")[row].EnumerateArray().Take(length).Select(id => id.GetInt32()),
                    GoldenEncodings.Tokenizer.Encode(
                        batch.GetProperty("a")[row].GetString()!,
                        pairs.ValueKind == JsonValueKind.Null ? null : pairs[row].GetString(),
                        batch.GetProperty("max_length").GetInt32()).Ids);
            }
        }
    }

    [SharedFact(GoldenEncodings.VocabularyPath)]
    public void WithoutSpecialTokensASingleIsWhatLiesBetweenThem()
    {
        foreach (JsonElement entry in GoldenEncodings.Read("encodings.json").GetProperty("singles").EnumerateArray())
            Assert.Equal(GoldenEncodings.Ids(entry)[1..^1],
                GoldenEncodings.Tokenizer.EncodeWithoutSpecialTokens(entry.GetProperty("text").GetString()!));
    }

    [SharedFact(GoldenEncodings.VocabularyPath)]
    public void SpecialIds()
    {
        JsonElement special = GoldenEncodings.Read("encodings.json").GetProperty("special");
        var tokenizer = GoldenEncodings.Tokenizer;
        Assert.Equal(
            new[] { "bos", "pad", "eos", "unk", "mask" }.Select(name => special.GetProperty(name).GetInt32()),
            [tokenizer.BeginId, tokenizer.PadId, tokenizer.EndId, tokenizer.UnknownId!.Value, tokenizer.MaskId!.Value]);
    }

    [SharedFact(GoldenEncodings.VocabularyPath)]
    public void LoneSurrogatesAreRefused()
    {
        var entries = GoldenEncodings.Read("encodings.json").GetProperty("errors_lone_surrogates").EnumerateArray().ToList();
        Assert.NotEmpty(entries);
        foreach (JsonElement entry in entries)
        {
            string text = string.Concat(entry.GetProperty("text_utf16").EnumerateArray().Select(unit => (char)unit.GetInt32()));
            Assert.Contains("surrogate",
                Assert.Throws<ArgumentException>(() => GoldenEncodings.Tokenizer.EncodeWithoutSpecialTokens(text)).Message);
            Assert.Throws<ArgumentException>(() => GoldenEncodings.Tokenizer.Encode("fine", text, 16));
        }
    }

    private static void CheckAll(
        string group, Func<JsonElement, (string Text, string? Pair, int MaxLength)> arguments, RobertaTokenizer? tokenizer = null)
    {
        tokenizer ??= GoldenEncodings.Tokenizer;
        var entries = GoldenEncodings.Read("encodings.json").GetProperty(group).EnumerateArray().ToList();
        Assert.NotEmpty(entries);
        var wrong = new List<string>();
        foreach (JsonElement entry in entries)
        {
            var (text, pair, maxLength) = arguments(entry);
            int[] ids = tokenizer.Encode(text, pair, maxLength).Ids;
            if (!ids.SequenceEqual(GoldenEncodings.Ids(entry)))
                wrong.Add($"{entry} gave [{string.Join(", ", ids)}]");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {entries.Count} differ:\n{string.Join('\n', wrong.Take(5))}");
    }
}
