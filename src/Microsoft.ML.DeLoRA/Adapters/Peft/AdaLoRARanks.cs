using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// The directions that AdaLoRA has left. A file of PEFT holds these alone, and its <c>rank_pattern</c> says of every direction that a
/// layer started with whether it is there; here a layer then has a rank of its own. Which of them are left, and how long the training
/// was, makes no difference to what is computed: written are the first ones, and the fewest steps that PEFT accepts.
/// </summary>
internal static class AdaLoRARanks
{
    private const string Pattern = "rank_pattern";
    private const string Largest = "init_r";
    private const string Suffix = ".lora_E";

    public static void Read(PeftKeys keys, JsonObject options)
    {
        if (keys[Pattern] is not { } node)
            return;
        int rank = keys.Size(Largest);
        var ranks = new JsonObject();
        foreach ((string name, JsonNode? value) in node as JsonObject ?? throw Wrong())
        {
            if (!name.EndsWith(Suffix, StringComparison.Ordinal) || value is not JsonArray directions || directions.Count != rank
                || directions.Any(d => d?.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False)))
                throw Wrong();
            ranks[PeftPatterns.FromKey(name[..^Suffix.Length], Pattern, keys)] = directions.Count(d => d!.GetValue<bool>());
        }
        options[Pattern] = ranks;

        InvalidDataException Wrong()
            => keys.Wrong(Pattern, $"null or a table of module{Suffix} with {Largest} ({rank}) times true or false");
    }

    public static void Write(LinearAdapterMethod method, JsonObject keys, PeftTargets targets)
    {
        var own = (AdaLoRAMethod)method;
        keys["total_step"] = (own.InitialSteps ?? 0) + (own.FinalSteps ?? 0) + 1;
        if (own.RankPattern.Count == 0)
            return;
        var pattern = new JsonObject();
        foreach (AdaptableLinear layer in targets.Modules)
        {
            int rank = own.RankPattern.Where(p => ModulePattern.Matches(p.Key, layer.Name))
                .Select(p => p.Value).DefaultIfEmpty(own.Rank).First();
            if (rank > own.Rank)
                throw new NotSupportedException(
                    $"AdaLoRAMethod with a rank of {rank} for '{layer.Name}', above its Rank {own.Rank}, has no form in PEFT.");
            string name = targets.Family.FullName(layer.Name + Suffix);
            pattern[name] = new JsonArray([.. Enumerable.Range(0, own.Rank).Select(i => JsonValue.Create(i < rank))]);
        }
        keys[Pattern] = pattern;
    }

    /// <summary>
    /// Without the directions that are switched off: those whose E is zero, unless it is zero everywhere, as at the start.
    /// </summary>
    public static (AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Tensors) Export(AdapterSet adapters)
    {
        var method = (AdaLoRAMethod)adapters.Method;
        Dictionary<string, Tensor> tensors = adapters.Tensors().ToDictionary();
        (string Layer, Tensor Left)[] all =
            [.. adapters.Adapters.Select(a => (a.Module, tensors[Name(a.Module, "E")].flatten().nonzero().flatten()))];
        (string Layer, Tensor Left)[] trimmed = [.. all.Where(a => a.Left.numel() < tensors[Name(a.Layer, "E")].numel())];
        if (trimmed.Length == 0 || all.All(a => a.Left.numel() == 0))
            return (method, tensors);
        foreach ((string layer, Tensor left) in trimmed)
        {
            tensors[Name(layer, "A")] = tensors[Name(layer, "A")].index_select(0, left);
            tensors[Name(layer, "B")] = tensors[Name(layer, "B")].index_select(1, left);
            tensors[Name(layer, "E")] = tensors[Name(layer, "E")].index_select(0, left);
        }
        return (method with { RankPattern = all.ToDictionary(a => a.Layer, a => (int)a.Left.numel()) }, tensors);

        string Name(string module, string part) => AdapterNames.Of(adapters.Encoder.Family, $"{module}.lora_{part}");
    }
}
