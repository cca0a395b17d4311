using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// What the configurations of LoRA and DoRA have in common, and what their starts mean to a file that holds the end. A PiSSA or OLoRA
/// adapter is saved as the LoRA of twice the rank that it equals, as PEFT's own conversion does, since a reader would otherwise need the
/// same decomposition of the base.
/// </summary>
internal static class LoRAStart
{
    /// <summary>The keys of both; see <see cref="PeftSetting.Parse"/>.</summary>
    public const string Settings = Common + """
        r                        8      rank             always
        lora_alpha               8      alpha            always whole
        lora_dropout             0.0    dropout
        use_rslora               false  rank_stabilized
        rank_pattern             {}     rank_pattern
        alpha_pattern            {}     alpha_pattern    whole
        use_dora                 false
        loftq_config             {}

        """;

    /// <summary>Those that AdaLoRA has, too.</summary>
    public const string Common = """
        init_lora_weights        true
        alora_invocation_tokens  null   must-be-off
        arrow_config             null   must-be-off
        kasa_config              null   must-be-off
        layer_replication        null   must-be-off
        megatron_config          null   must-be-off
        target_parameters        null   must-be-off
        trainable_token_indices  null   must-be-off
        use_bdlora               null   must-be-off
        use_qalora               false  must-be-off
        corda_config             null
        ensure_weight_tying      false
        eva_config               null
        lora_ga_config           null
        megatron_core            "megatron.core"
        monteclora_config        null
        qalora_group_size        16
        velora_config            null

        """;

    private const string Initialization = "init_lora_weights";
    private const string UseDoRA = "use_dora";
    private const string EvaSettings = "eva_config";

    // PEFT's value, as JSON in small letters, and what it is here.
    private static readonly (string Peft, LoRAInitialization Own)[] _starts =
    [
        ("true", LoRAInitialization.Kaiming),
        ("false", LoRAInitialization.Random),
        ("\"gaussian\"", LoRAInitialization.Gaussian),
        ("\"pissa\"", LoRAInitialization.PiSSA),
        ("\"olora\"", LoRAInitialization.OLoRA),
        ("\"eva\"", LoRAInitialization.Eva),
    ];

    // Starts that leave W alone, so that the file holds a plain LoRA.
    private static readonly string[] _plainStarts = ["\"orthogonal\"", "\"mica\""];

    // The settings that belong to starts.
    private static readonly (string Start, string Settings)[] _settings =
        [("eva", EvaSettings), ("corda", "corda_config"), ("loftq", "loftq_config"), ("lora_ga", "lora_ga_config")];

    /// <summary>What PEFT puts beside the weights for training alone; the numbers of a prediction are those of plain LoRA.</summary>
    public static IReadOnlyList<(string Key, string TensorPart)> OfTraining { get; } =
        [("velora_config", ".lora_velora_"), ("monteclora_config", ".lora_monteclora_")];

    public static bool IsDoRA(JsonObject configuration) => configuration[UseDoRA]?.GetValueKind() == JsonValueKind.True;

    public static void Read(PeftKeys keys, JsonObject options)
    {
        // True is DoRA, which has been looked for before; what is left must be false, and no other thing.
        _ = keys.Boolean(UseDoRA);
        string start = Start(keys);
        if (_starts.FirstOrDefault(s => s.Peft == start) is not { Peft: not null, Own: var own })
            throw NoStart(keys, "true, false, \"gaussian\", \"orthogonal\", \"eva\", \"mica\", \"pissa\" or \"olora\"");
        options["initialization"] = JsonNamingPolicy.SnakeCaseLower.ConvertName($"{own}");
        if (own != LoRAInitialization.Eva || keys[EvaSettings] is not { } eva)
            return;
        foreach (string option in new[] { "rho", "tau" })
        {
            if ((eva as JsonObject ?? throw Wrong()).TryGetPropertyValue(option, out JsonNode? value))
                options[option] = PeftKeys.IsNumber(value, out double number) ? number : throw Wrong();
        }

        InvalidDataException Wrong() => keys.Wrong(EvaSettings, "null or a table with numbers 'rho' and 'tau'");
    }

    public static void Write(LinearAdapterMethod method, JsonObject keys, PeftTargets targets)
    {
        var own = (LoRAMethod)method;
        keys[Initialization] = JsonNode.Parse(_starts.Single(s => s.Own == own.Initialization).Peft);
        if (own.Initialization == LoRAInitialization.Eva)
            keys[EvaSettings] = new JsonObject
            {
                ["adjust_scaling_factors"] = true,
                ["label_mask_value"] = -100,
                ["rho"] = PythonJson.Float(own.Rho),
                ["tau"] = PythonJson.Float(own.Tau),
                ["use_label_mask"] = true,
                ["whiten"] = false,
            };
    }

    // DoRA has no option for how it starts: random or not makes no difference to the file.
    public static void ReadDoRA(PeftKeys keys, JsonObject options)
    {
        if (Start(keys) is not ("true" or "false" or "\"gaussian\"" or "\"eva\""))
            throw NoStart(keys, "true, false, \"gaussian\", \"orthogonal\", \"eva\" or \"mica\"");
    }

    public static void WriteDoRA(LinearAdapterMethod method, JsonObject keys, PeftTargets targets) => keys[UseDoRA] = true;

    public static (AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Tensors) Export(AdapterSet adapters)
        => adapters.Method is LoRAMethod { ChangesBase: true }
            ? LoRAConversion.WithoutFrozenStart(adapters)
            : (adapters.Method, adapters.Tensors());

    // How the adapter started, as far as it matters to a file that holds the end. Says which settings have no effect.
    private static string Start(PeftKeys keys)
    {
        string start = (keys[Initialization]?.ToJsonString() ?? "null").ToLowerInvariant();
        foreach ((string name, string settings) in _settings.Where(s => $"\"{s.Start}\"" != start && !keys.IsOff(s.Settings)))
            keys.Warn(settings, $"has no effect, since '{Initialization}' is not \"{name}\".");
        return _plainStarts.Contains(start) ? "true" : start;
    }

    // It changed the base model's weights in a way that cannot be repeated here.
    private static NotSupportedException NoStart(PeftKeys keys, string supported) => new(
        keys.Unsupported(Initialization, supported).Message
        + " It changes the base model's weights, so the file alone does not give the model; save it in Python with "
        + "path_initial_model_for_weight_conversion, which makes a plain LoRA of it.");
}
