using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>The part that is common to the formats of methods on linear layers: where the adapters are, biases, modules to save.</summary>
/// <typeparam name="TMethod">The method.</typeparam>
internal abstract class LinearFormat<TMethod> : PeftFormat
    where TMethod : LinearAdapterMethod, new()
{
    private const string Targets = PeftPlaces.Targets;
    private const string Excluded = PeftPlaces.Excluded;
    private const string LayerNumbers = PeftPlaces.LayerNumbers;
    private const string LayersPattern = PeftPlaces.LayersPattern;
    private const string Bias = "bias";
    private const string ModulesToSave = PeftPlaces.ModulesToSave;
    private const string Transposed = "fan_in_fan_out";

    // What every configuration of PEFT, and of the authors' fork, has beside its own keys.
    private const string Common = """
        { "base_model_name_or_path": null, "inference_mode": true, "modules_to_save": null, "target_modules": null, "task_type": "SEQ_CLS" }
        """;

    private const string CommonOfPeft = """{ "auto_mapping": null, "peft_version": "0.20.0", "revision": null }""";

    // What says which adapter it is, whatever its values: also programs read these that know no defaults.
    private static readonly string[] _alwaysWritten =
        ["peft_type", "task_type", "base_model_name_or_path", "inference_mode", Targets, ModulesToSave];

    /// <summary>The keys of this format alone, as JSON, with the values that PEFT writes when nobody sets them.</summary>
    protected abstract string Defaults { get; }

    /// <summary>Keys of settings that change the computation and that are not supported: a configuration must leave them off.</summary>
    protected virtual IReadOnlyList<string> MustBeOff => [];

    /// <summary>Keys of the method itself that are written even where they have PEFT's default.</summary>
    protected virtual IReadOnlyList<string> AlwaysWritten => ["r"];

    /// <summary>Whether the first version of PEFT that has the method knows <c>exclude_modules</c>, which came in 0.14.</summary>
    protected virtual bool HasExcludeModules => false;

    /// <summary>The same for <c>all-linear</c>, which came in 0.8.</summary>
    protected virtual bool HasAllLinear => true;

    /// <summary>The value of <c>bias</c> for those of adapted layers; null when no bias can train.</summary>
    protected virtual string? BiasOfAdapted => null;

    public override bool Writes(AdapterMethod method) => method is TMethod;

    public sealed override AdapterMethod Read(JsonObject configuration, string description, ICollection<string> warnings)
    {
        JsonObject defaults = AllDefaults();
        var keys = new PeftKeys(configuration, defaults, description, warnings);
        foreach (string key in MustBeOff.Where(k => !keys.IsOff(k)))
            throw keys.Unsupported(key, defaults[key]?.ToJsonString() ?? "null");
        foreach ((string key, _) in configuration.Where(p => !defaults.ContainsKey(p.Key)))
            warnings.Add($"{description}: the setting '{key}' is not known for {PeftType}; it is kept when the adapter is saved again, but has no effect.");
        if (IsOfPeft && defaults.ContainsKey(Transposed) && !keys.IsOff(Transposed))
            keys.Warn(Transposed, "is true, which is not so for RoBERTa's layers; it has no effect, as in PEFT.");
        if (keys.Text("task_type") is { } task and not "SEQ_CLS")
            warnings.Add($"{description}: 'task_type' is '{task}'; the adapter was made for another head than a classifier's.");

        LinearAdapterMethod method = ReadOptions(keys);
        string[]? targets = PeftPatterns.Read(keys, Targets);
        return method with
        {
            TargetModules = targets ?? method.TargetModules,
            ExcludeModules = ReadExcluded(keys),
            Layers = ReadLayers(keys),
            Bias = ReadBias(keys),
            ModulesToSave = [.. (keys.Texts(ModulesToSave) ?? []).Where(m => !PeftPlaces.IsOfHead(m))],
        };
    }

    public sealed override JsonObject Write(AdapterMethod method, RobertaEncoder encoder)
    {
        var own = (TMethod)method;
        var targets = new PeftTargets(own, encoder);
        JsonObject keys = AllDefaults();
        keys["peft_type"] = PeftType;
        keys[ModulesToSave] = new JsonArray([.. PeftPlaces.Heads.Concat(targets.SavedModules).Select(m => JsonValue.Create(m))]);
        if (keys.ContainsKey(Bias))
            keys[Bias] = BiasText(own.Bias);
        else if (own.Bias != BiasTraining.None)
            throw NoForm($"{nameof(own.Bias)} {own.Bias}");
        WriteTargets(keys, targets);
        WriteOptions(own, keys, targets);
        return keys;
    }

    public sealed override bool Knows(string key) => AllDefaults().ContainsKey(key);

    public sealed override void LeaveOutDefaults(JsonObject configuration)
    {
        if (!IsOfPeft)
            return;
        JsonObject defaults = AllDefaults();
        string[] kept = [.. _alwaysWritten, .. AlwaysWritten];
        foreach (string key in configuration.Select(p => p.Key).Except(kept).ToArray())
        {
            if (key == "peft_version" || JsonNode.DeepEquals(configuration[key], defaults[key]))
                configuration.Remove(key);
        }
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

    private void WriteTargets(JsonObject keys, PeftTargets targets)
    {
        TMethod method = (TMethod)targets.Method;
        bool isTooNew = method.TargetModules is [ModulePattern.AllLinear] && !HasAllLinear;
        JsonNode? taken = isTooNew ? null : PeftPatterns.Write(method.TargetModules);
        JsonNode? excluded = PeftPatterns.Write(method.ExcludeModules);
        // PEFT takes numbers of layers beside a list of names only.
        bool layers = method.Layers is null || (keys.ContainsKey(LayerNumbers) && taken is JsonArray);
        bool exclusion = method.ExcludeModules.Count == 0 || (HasExcludeModules && excluded is not null);
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
    private static string[] ReadExcluded(PeftKeys keys)
        => [.. (PeftPatterns.Read(keys, Excluded) ?? []).Where(m => !PeftPlaces.IsOfHead(m))];

    private static int[]? ReadLayers(PeftKeys keys)
    {
        if (keys.Integers(LayerNumbers) is not { Length: > 0 } numbers)
            return null;
        if (keys[Targets] is not (null or JsonArray))
            throw keys.Wrong(LayerNumbers, $"null, as '{Targets}' is no list");
        string[] patterns = keys[LayersPattern] is JsonArray ? keys.Texts(LayersPattern)! : keys.Text(LayersPattern) is { Length: > 0 } one ? [one] : [];
        if (patterns.Length > 0 && !patterns.Any(p => p is "layer" or "encoder.layer"))
            throw keys.Unsupported(LayersPattern, "null or \"layer\", the only list of layers that RoBERTa has");
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
}
