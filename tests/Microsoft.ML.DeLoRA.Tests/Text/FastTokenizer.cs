using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>Writes tokenizer.json as Hugging Face's RobertaTokenizerFast saves it.</summary>
internal static class FastTokenizer
{
    /// <summary>With the five special tokens, of which <c>&lt;mask&gt;</c> takes the blanks before it away.</summary>
    /// <param name="ids">The vocabulary.</param>
    /// <param name="merges">The merges, "left right".</param>
    /// <param name="pairs">Whether merges are written as newer versions do, as pairs.</param>
    /// <param name="added">More added tokens.</param>
    /// <param name="change">Changes the object before it is written.</param>
    public static string Json(
        IReadOnlyDictionary<string, int> ids, IEnumerable<string> merges, bool pairs = true, IEnumerable<AddedToken>? added = null,
            Action<JsonObject>? change = null)
    {
        IEnumerable<AddedToken> special = new[] { "<s>", "<pad>", "</s>", "<unk>", "<mask>" }.Where(ids.ContainsKey)
            .Select(token => new AddedToken(token, ids[token])
            {
                Special = true, StripsLeft = token == "<mask>",
                Normalized = token != "<mask>"
            });
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. special.Concat(added ?? []).Select(Token)]),
            ["normalizer"] = null,
            ["pre_tokenizer"] =
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true },
            ["post_processor"] = new JsonObject
            {
                ["type"] = "RobertaProcessing",
                ["sep"] = new JsonArray("</s>", ids["</s>"]),
                ["cls"] = new JsonArray("<s>", ids["<s>"]),
                ["trim_offsets"] = true,
                ["add_prefix_space"] = false,
            },
            ["decoder"] =
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = "",
                ["end_of_word_suffix"] = "",
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = JsonSerializer.SerializeToNode(ids),
                ["merges"] = new JsonArray([.. merges.Select(m => pairs
                    ? (JsonNode)new JsonArray([.. m.Split(' ').Select(p => JsonValue.Create(p))])
                    : JsonValue.Create(m))]),
            },
        };
        change?.Invoke(root);
        return root.ToJsonString();
    }

    /// <summary>An added token as such files list it.</summary>
    public static JsonObject Token(AddedToken token) => new()
    {
        ["id"] = token.Id,
        ["content"] = token.Content,
        ["single_word"] = token.SingleWord,
        ["lstrip"] = token.StripsLeft,
        ["rstrip"] = token.StripsRight,
        ["normalized"] = token.Normalized,
        ["special"] = token.Special,
    };
}
