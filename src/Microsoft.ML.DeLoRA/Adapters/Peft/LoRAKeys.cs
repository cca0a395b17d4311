using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>What the configurations of LoRA and DoRA have in common.</summary>
internal static class LoRAKeys
{
    public const string Initialization = "init_lora_weights";
    public const string IsDoRA = "use_dora";

    public static IReadOnlyList<string> MustBeOff { get; } =
    [
        "alora_invocation_tokens", "arrow_config", "corda_config", "eva_config", "fan_in_fan_out", "kasa_config", "layer_replication", "loftq_config",
        "lora_bias", "lora_ga_config", "megatron_config", "monteclora_config", "target_parameters", "trainable_token_indices", "use_bdlora",
        "use_qalora", "velora_config",
    ];

    public const string Defaults = """
        {
          "alora_invocation_tokens": null, "alpha_pattern": {}, "arrow_config": null, "bias": "none", "corda_config": null,
          "ensure_weight_tying": false, "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false, "init_lora_weights": true,
          "kasa_config": null, "layer_replication": null, "layers_pattern": null, "layers_to_transform": null, "loftq_config": {},
          "lora_alpha": 8, "lora_bias": false, "lora_dropout": 0.0, "lora_ga_config": null, "megatron_config": null,
          "megatron_core": "megatron.core", "monteclora_config": null, "qalora_group_size": 16, "r": 8, "rank_pattern": {},
          "target_parameters": null, "trainable_token_indices": null, "use_bdlora": null, "use_dora": false, "use_qalora": false,
          "use_rslora": false, "velora_config": null
        }
        """;

    /// <summary>The value of the initialization as JSON.</summary>
    public static string? Initial(PeftKeys keys) => keys[Initialization]?.ToJsonString();

    public static void Write(
        LowRankMethod method, double alpha, IReadOnlyDictionary<string, double> alphaPattern, bool rankStabilized, JsonObject keys, PeftTargets targets)
    {
        keys["r"] = method.Rank;
        keys["lora_alpha"] = Alpha(alpha);
        keys["use_rslora"] = rankStabilized;
        keys["rank_pattern"] = targets.Table(method.RankPattern, method.Rank, r => r);
        keys["alpha_pattern"] = targets.Table(alphaPattern, alpha, Alpha);
        keys["lora_dropout"] = PythonJson.Float(method.Dropout);
    }

    // PEFT declares it as a whole number, and takes others.
    private static JsonNode Alpha(double alpha) => alpha == Math.Truncate(alpha) && Math.Abs(alpha) < 1e15 ? (long)alpha : PythonJson.Float(alpha);
}
