using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>What the configurations of LoRA and DoRA have in common.</summary>
internal static class LoRAKeys
{
    public const string Initialization = "init_lora_weights";
    public const string IsDoRA = "use_dora";

    public const string OutputBias = "lora_bias";

    // What PEFT puts beside the weights for training alone; the numbers of a prediction are those of plain LoRA.
    private const string Velora = "velora_config";
    private const string MonteCLoRA = "monteclora_config";

    // Starts that leave W alone, so that the file holds a plain LoRA.
    private static readonly string[] _plainStarts = ["orthogonal", "eva", "mica"];

    // Starts that change W, and the settings that belong to them.
    private static readonly (string Start, string Settings)[] _settings =
        [("eva", "eva_config"), ("corda", "corda_config"), ("loftq", "loftq_config"), ("lora_ga", "lora_ga_config")];

    public static IReadOnlyList<string> MustBeOff { get; } =
    [
        "alora_invocation_tokens", "arrow_config", "kasa_config", "layer_replication", "megatron_config", "target_parameters",
        "trainable_token_indices", "use_bdlora", "use_qalora",
    ];

    public static IReadOnlyList<string> AlwaysWritten { get; } = ["r", "lora_alpha"];

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

    /// <summary>
    /// How the adapter started, as far as it matters to a file that holds the end: <c>true</c>, <c>false</c> and the names that change
    /// W as JSON, in small letters. Says which settings have no effect.
    /// </summary>
    public static string Start(PeftKeys keys)
    {
        string start = keys[Initialization] is { } node && node.GetValueKind() == JsonValueKind.String
            ? node.GetValue<string>().ToLowerInvariant()
            : keys[Initialization]?.ToJsonString() ?? "null";
        foreach ((string name, string settings) in _settings.Where(s => s.Start != start && !keys.IsOff(s.Settings)))
            keys.Warn(settings, $"has no effect, since '{Initialization}' is not \"{name}\".");
        foreach (string training in new[] { Velora, MonteCLoRA }.Where(k => !keys.IsOff(k)))
            keys.Warn(training, "works in training alone; the adapter is read, and saved again, as the plain LoRA that it predicts as.");
        return _plainStarts.Contains(start) ? "true" : start;
    }

    /// <summary>The error for a start that changed the base model's weights in a way that cannot be repeated here.</summary>
    public static NotSupportedException NoStart(PeftKeys keys, string supported) => new(
        keys.Unsupported(Initialization, supported).Message
        + " It changes the base model's weights, so the file alone does not give the model; save it in Python with "
        + "path_initial_model_for_weight_conversion, which makes a plain LoRA of it.");

    /// <summary>Whether a tensor belongs to <see cref="Velora"/> or <see cref="MonteCLoRA"/>.</summary>
    public static bool Ignores(string tensorName)
        => tensorName.Contains(".lora_velora_", StringComparison.Ordinal)
            || tensorName.Contains(".lora_monteclora_", StringComparison.Ordinal);

    /// <summary>Switches those settings off.</summary>
    public static void LeaveOutIgnored(JsonObject configuration)
    {
        foreach (string training in new[] { Velora, MonteCLoRA }.Where(configuration.ContainsKey))
            configuration[training] = null;
    }

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
