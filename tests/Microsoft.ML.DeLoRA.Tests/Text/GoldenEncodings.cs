using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>What Hugging Face's RobertaTokenizer answered, and the vocabulary it was asked with.</summary>
internal static class GoldenEncodings
{
    public const string VocabularyPath = "golden/tokenizer/roberta-vocab";

    private static readonly Lazy<RobertaTokenizer> Shared =
        new(() => RobertaTokenizer.FromDirectory(Path.Combine(Repository.Shared, VocabularyPath)));

    public static RobertaTokenizer Tokenizer => Shared.Value;

    public static JsonElement Read(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Golden, "tokenizer", file))).RootElement;

    public static int[] Ids(JsonElement entry) => [.. entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
}
