using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>The part that is common to the formats of methods on linear layers: where the adapters are, biases, modules to save.</summary>
/// <typeparam name="TMethod">The method.</typeparam>
internal abstract class LinearFormat<TMethod> : PeftFormat
    where TMethod : LinearAdapterMethod, new()
{
    private const string Targets = "target_modules";
    private const string Excluded = "exclude_modules";
    private const string LayerNumbers = "layers_to_transform";
    private const string LayersPattern = "layers_pattern";
    private const string Bias = "bias";
    private const string ModulesToSave = "modules_to_save";

    // What every configuration of PEFT, and of the authors' fork, has beside its own keys.
    private const string Common = """
        { "base_model_name_or_path": null, "inference_mode": true, "modules_to_save": null, "target_modules": null, "task_type": "SEQ_CLS" }
        """;

    private const string CommonOfPeft = """{ "auto_mapping": null, "peft_version": "0.20.0", "revision": null }""";

    // The last PEFT that was compared against wrote these; the head is one of the two in every model.
    private static readonly string[] _heads = ["classifier", "score"];

    /// <summary>The keys of this format alone, as JSON, with the values that PEFT writes when nobody sets them.</summary>
    protected abstract string Defaults { get; }

    /// <summary>Keys of settings that change the computation and that are not supported: a configuration must leave them off.</summary>
    protected virtual IReadOnlyList<string> MustBeOff => [];

    /// <summary>The value of <c>bias</c> for those of adapted layers; null when no bias can train.</summary>
    protected virtual string? BiasOfAdapted => null;

    public override bool Writes(AdapterMethod method) => method is TMethod;

    public sealed override AdapterMethod Read(JsonObject configuration, string description, ICollection<string> warnings)
    {
        JsonObject defaults = AllDefaults();
        var keys = new PeftKeys(configuration, defaults, description);
        foreach (string key in MustBeOff.Where(k => !keys.IsOff(k)))
            throw keys.Unsupported(key, defaults[key]?.ToJsonString() ?? "null");
        foreach ((string key, _) in configuration.Where(p => !defaults.ContainsKey(p.Key)))
            warnings.Add($"{description}: the setting '{key}' is not known for {PeftType}; it is kept when the adapter is saved again, but has no effect.");
        if (keys.Text("task_type") is { } task and not "SEQ_CLS")
            warnings.Add($"{description}: 'task_type' is '{task}'; the adapter was made for another head than a classifier's.");

        LinearAdapterMethod method = ReadOptions(keys);
        string[]? targets = PeftPatterns.Read(keys, Targets);
        return method with
        {
            TargetModules = targets ?? method.TargetModules,
            ExcludeModules = ReadExcluded(keys),
            Layers = ReadLayers(keys, targets),
            Bias = ReadBias(keys),
            ModulesToSave = [.. (keys.Texts(ModulesToSave) ?? []).Where(m => !IsOfHead(m))],
        };
    }

    public sealed override JsonObject Write(AdapterMethod method, RobertaEncoder encoder)
    {
        var own = (TMethod)method;
        var targets = new PeftTargets(own, encoder);
        JsonObject keys = AllDefaults();
        keys["peft_type"] = PeftType;
        keys[ModulesToSave] = new JsonArray([.. _heads.Concat(targets.SavedModules).Select(m => JsonValue.Create(m))]);
        if (keys.ContainsKey(Bias))
            keys[Bias] = BiasText(own.Bias);
        else if (own.Bias != BiasTraining.None)
            throw NoForm($"{nameof(own.Bias)} {own.Bias}");
        WriteTargets(keys, targets);
        WriteOptions(own, keys, targets);
        return keys;
    }

    /// <summary>The options of the method itself.</summary>
    protected abstract TMethod ReadOptions(PeftKeys keys);

    /// <summary>Sets the keys of the method itself.</summary>
    protected abstract void WriteOptions(TMethod method, JsonObject keys, PeftTargets targets);

    /// <summary>The error for an option that PEFT cannot express.</summary>
    protected NotSupportedException NoForm(string option, string advice = "")
        => new($"{typeof(TMethod).Name} with {option} has no form in PEFT's {PeftType} configuration.{advice}");

    /// <summary>Names of modules where the patterns cannot be said in PEFT.</summary>
    protected static void WriteExplicitTargets(JsonObject keys, PeftTargets targets)
    {
        keys[Targets] = PeftTargets.Array(targets.Modules.Select(m => m.Name));
        foreach (string key in new[] { Excluded, LayerNumbers }.Where(keys.ContainsKey))
            keys[key] = null;
    }

    private static void WriteTargets(JsonObject keys, PeftTargets targets)
    {
        TMethod method = (TMethod)targets.Method;
        JsonNode? taken = PeftPatterns.Write(method.TargetModules);
        JsonNode? excluded = PeftPatterns.Write(method.ExcludeModules);
        // PEFT takes numbers of layers beside a list of names only.
        bool layers = method.Layers is null || (keys.ContainsKey(LayerNumbers) && taken is JsonArray);
        bool exclusion = method.ExcludeModules.Count == 0 || (keys.ContainsKey(Excluded) && excluded is not null);
        if (taken is null || !layers || !exclusion)
        {
            WriteExplicitTargets(keys, targets);
            return;
        }
        keys[Targets] = taken;
        if (method.ExcludeModules.Count > 0)
            keys[Excluded] = excluded;
        if (method.Layers is { } numbers)
            keys[LayerNumbers] = new JsonArray([.. numbers.Select(n => JsonValue.Create(n))]);
    }

    private JsonObject AllDefaults()
    {
        JsonObject all = Parse(Common);
        all["peft_type"] = PeftType;
        foreach ((string key, JsonNode? value) in Parse(Defaults).Concat(IsOfPeft ? Parse(CommonOfPeft) : []))
            all[key] = value?.DeepClone();
        return all;
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    // The head has no adapter here in any case; PEFT's users exclude it by name.
    private static string[] ReadExcluded(PeftKeys keys) => [.. (PeftPatterns.Read(keys, Excluded) ?? []).Where(m => !IsOfHead(m))];

    private static int[]? ReadLayers(PeftKeys keys, string[]? targets)
    {
        if (keys.Integers(LayerNumbers) is not { Length: > 0 } numbers)
            return null;
        if (keys[Targets] is not (null or JsonArray))
            throw keys.Wrong(LayerNumbers, $"null, as '{Targets}' is no list");
        string[] patterns = keys[LayersPattern] is JsonArray ? keys.Texts(LayersPattern)! : keys.Text(LayersPattern) is { Length: > 0 } one ? [one] : [];
        if (patterns.Length > 0 && !patterns.Any(p => p is "layer" or "encoder.layer"))
            throw keys.Unsupported(LayersPattern, "null or \"layer\", the only list of layers that RoBERTa has");
        if (targets?.Any(t => t.StartsWith("roberta.", StringComparison.Ordinal)) == true)
            throw keys.Unsupported(LayerNumbers, $"null where '{Targets}' lists whole names, which PEFT takes from every layer");
        return numbers;
    }

    private BiasTraining ReadBias(PeftKeys keys) => keys[Bias] is null ? BiasTraining.None : keys.Text(Bias) switch
    {
        "none" => BiasTraining.None,
        "all" when BiasOfAdapted is not null => BiasTraining.All,
        { } text when text == BiasOfAdapted => BiasTraining.AdaptedLayers,
        _ when BiasOfAdapted is null => throw keys.Unsupported(Bias, "\"none\""),
        _ => throw keys.Wrong(Bias, PeftKeys.Join(["none", "all", BiasOfAdapted])),
    };

    private string BiasText(BiasTraining bias) => bias switch
    {
        BiasTraining.None => "none",
        BiasTraining.All when BiasOfAdapted is not null => "all",
        BiasTraining.AdaptedLayers when BiasOfAdapted is not null => BiasOfAdapted,
        _ => throw NoForm($"{nameof(Bias)} {bias}"),
    };

    private static bool IsOfHead(string module) => _heads.Any(h => module == h || module.StartsWith(h + ".", StringComparison.Ordinal));
}
