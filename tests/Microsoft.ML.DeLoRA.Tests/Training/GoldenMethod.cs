using System.Text.Json;
using Microsoft.ML.DeLoRA.Adapters;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>The adapter method of a golden run, from the configuration that the reference wrote.</summary>
internal static class GoldenMethod
{
    public static AdapterMethod Of(JsonElement adapter) => adapter.GetProperty("peft_type").GetString() switch
    {
        "DELORA" => new DeLoRAMethod
        {
            Rank = adapter.GetProperty("r").GetInt32(),
            Lambda = adapter.GetProperty("delora_lambda").GetDouble(),
            // PEFT has no frozen copy; the authors' configuration has no patterns.
            Initialization = adapter.TryGetProperty("lambda_pattern", out _) ? DeLoRAInitialization.ZeroB : DeLoRAInitialization.FrozenCopy,
            TargetModules = Targets(adapter),
            Bias = Bias(adapter, "delora_only"),
            RankPattern = Pattern(adapter, "rank_pattern").ToDictionary(p => p.Name, p => p.Value.GetInt32()),
            LambdaPattern = Pattern(adapter, "lambda_pattern").ToDictionary(p => p.Name, p => p.Value.GetDouble()),
        },
        "LORA" when adapter.GetProperty("use_dora").GetBoolean() => new DoRAMethod
        {
            Rank = adapter.GetProperty("r").GetInt32(),
            Alpha = adapter.GetProperty("lora_alpha").GetDouble(),
            TargetModules = Targets(adapter),
        },
        "LORA" => new LoRAMethod
        {
            Rank = adapter.GetProperty("r").GetInt32(),
            Alpha = adapter.GetProperty("lora_alpha").GetDouble(),
            TargetModules = Targets(adapter),
        },
        "VERA" => new VeRAMethod
        {
            Rank = adapter.GetProperty("r").GetInt32(),
            ProjectionSeed = adapter.GetProperty("projection_prng_key").GetInt64(),
            InitialD = adapter.GetProperty("d_initial").GetDouble(),
            SaveProjection = adapter.GetProperty("save_projection").GetBoolean(),
            TargetModules = Targets(adapter),
        },
        "IA3" => new IA3Method { TargetModules = Targets(adapter), FeedForwardModules = Strings(adapter, "feedforward_modules") },
        "OFT" => new OFTMethod
        {
            BlockSize = adapter.GetProperty("oft_block_size").GetInt32(),
            CayleyNeumann = adapter.GetProperty("use_cayley_neumann").GetBoolean(),
            CayleyNeumannTerms = adapter.GetProperty("num_cayley_neumann_terms").GetInt32(),
            BlockShare = adapter.GetProperty("block_share").GetBoolean(),
            TargetModules = Targets(adapter),
            Bias = Bias(adapter, "oft_only"),
        },
        "BOFT" => new BOFTMethod
        {
            BlockSize = adapter.GetProperty("boft_block_size").GetInt32(),
            ButterflyFactors = adapter.GetProperty("boft_n_butterfly_factor").GetInt32(),
            TargetModules = Targets(adapter),
            Bias = Bias(adapter, "boft_only"),
        },
        "HRA" => new HRAMethod
        {
            Rank = adapter.GetProperty("r").GetInt32(),
            GramSchmidt = adapter.GetProperty("apply_GS").GetBoolean(),
            SymmetricInitialization = adapter.GetProperty("init_weights").GetBoolean(),
            TargetModules = Targets(adapter),
            Bias = Bias(adapter, "hra_only"),
        },
        "BOTTLENECK" => new BottleneckMethod
        {
            Size = adapter.GetProperty("bottleneck_size").GetInt32(),
            Parallel = adapter.GetProperty("use_parallel_adapter").GetBoolean(),
            Activation = Enum.Parse<BottleneckActivation>(adapter.GetProperty("non_linearity").GetString()!, ignoreCase: true),
            Scaling = adapter.GetProperty("scaling").GetDouble(),
            Initialization = adapter.GetProperty("init_weights").GetString() == "bert"
                ? BottleneckInitialization.Bert
                : BottleneckInitialization.ZeroUp,
            TargetModules = Targets(adapter),
            Bias = Bias(adapter, "adapter_only"),
        },
        { } other => throw new NotSupportedException($"No method here for {other}."),
        null => throw new JsonException("peft_type is null."),
    };

    /// <summary>Runs that train the model itself say so in words only.</summary>
    public static AdapterMethod WithoutAdapter(string what)
        => what.StartsWith("BitFit", StringComparison.Ordinal) ? new BitFitMethod()
        : what.StartsWith("full", StringComparison.Ordinal) ? new FullFineTuningMethod()
        : throw new NotSupportedException($"No method here for: {what}");

    private static string[] Targets(JsonElement adapter) => Strings(adapter, "target_modules");

    private static string[] Strings(JsonElement adapter, string name) => [.. adapter.GetProperty(name).EnumerateArray().Select(t => t.GetString()!)];

    private static BiasTraining Bias(JsonElement adapter, string ownOnly) => adapter.GetProperty("bias").GetString() switch
    {
        "none" => BiasTraining.None,
        { } bias when bias == ownOnly => BiasTraining.AdaptedLayers,
        _ => BiasTraining.All,
    };

    private static IEnumerable<JsonProperty> Pattern(JsonElement adapter, string name)
        => adapter.TryGetProperty(name, out JsonElement pattern) && pattern.ValueKind == JsonValueKind.Object ? pattern.EnumerateObject() : [];
}
