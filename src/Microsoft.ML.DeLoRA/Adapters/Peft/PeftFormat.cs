using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// How one method is written in an adapter configuration: a row of <see cref="PeftFormats"/>. The row's settings translate PEFT's keys
/// into the options of the method's own JSON (<see cref="AdapterMethodJson"/>) and back; code is there only for what they cannot say.
/// Tensors have PEFT's names already (<see cref="Adapter.Parameter"/>).
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class PeftFormat
{
    private const string Targets = PeftPlaces.Targets;
    private const string Excluded = PeftPlaces.Excluded;
    private const string LayerNumbers = PeftPlaces.LayerNumbers;
    private const string LayersPattern = PeftPlaces.LayersPattern;
    private const string Bias = "bias";
    private const string ModulesToSave = PeftPlaces.ModulesToSave;
    private const string Transposed = "fan_in_fan_out";
    private const string Version = "peft_version";

    // What every configuration of PEFT, and of the authors' fork, has beside its own keys. What says which adapter it is, is always
    // written: also programs read it that know no defaults.
    private const string Common = """
        base_model_name_or_path  null       always
        inference_mode           true       always
        modules_to_save          null       always
        target_modules           null       always
        task_type                "SEQ_CLS"  always
        """;

    private const string CommonOfPeft = """
        auto_mapping  null
        peft_version  "0.20.0"
        revision      null
        """;

    // Options of every method on linear layers; they are translated here, not by a row.
    private static readonly string[] _places = ["target_modules", "exclude_modules", "layers", "bias", "modules_to_save"];

    private readonly int? _since;
    private readonly LinearAdapterMethod _prototype;
    private readonly string? _biasOfAdapted;
    private readonly (string Name, Type Type, string Property)[] _options;

    /// <param name="peftType">The value of <c>peft_type</c>.</param>
    /// <param name="since">The first version 0.x of PEFT that has the method; null: only the authors' fork has it.</param>
    /// <param name="prototype">The method, with the values of the options that PEFT has no key for; with others it has no form.</param>
    /// <param name="biasOfAdapted">The value of <c>bias</c> for those of adapted layers; null when no bias can train.</param>
    /// <param name="settings">The keys of this format, one a line; see <see cref="PeftSetting.Parse"/>.</param>
    public PeftFormat(string peftType, int? since, LinearAdapterMethod prototype, string? biasOfAdapted, string settings)
    {
        (PeftType, _since, _prototype, _biasOfAdapted) = (peftType, since, prototype, biasOfAdapted);
        _options = [.. AdapterMethodJson.OptionsOf(prototype.GetType())];
        string[] parts = [$"peft_type \"{peftType}\" always", Common, IsOfPeft ? CommonOfPeft : "", settings];
        IEnumerable<string> rows = parts.SelectMany(p => p.Split('\n')).Where(r => !string.IsNullOrWhiteSpace(r));
        Settings = [.. rows.Select(r => PeftSetting.Parse(r, _options))];
    }

    public string PeftType { get; }

    /// <summary>False for formats of the authors' fork, which newer versions of PEFT do not read.</summary>
    public bool IsOfPeft => _since is not null;

    /// <summary>The method's name.</summary>
    public string MethodName => _prototype.Name;

    /// <summary>All keys.</summary>
    public IReadOnlyList<PeftSetting> Settings { get; }

    /// <summary>Options that no key has by itself: they belong to training alone, or <see cref="WriteMore"/> writes them.</summary>
    public IReadOnlyList<string> WithoutKey { get; init; } = [];

    /// <summary>Keys of settings that work in training alone, with a part of the names of the tensors that belong to each.</summary>
    public IReadOnlyList<(string Key, string TensorPart)> OfTraining { get; init; } = [];

    /// <summary>Whether a configuration of the type has this format, where a type has several.</summary>
    public Predicate<JsonObject> Reads { get; init; } = _ => true;

    /// <summary>Whether a method of the type has this format, where a method has several.</summary>
    public Predicate<AdapterMethod> Takes { get; init; } = _ => true;

    /// <summary>Sets the options that no single key gives.</summary>
    public Action<PeftKeys, JsonObject>? ReadMore { get; init; }

    /// <summary>Sets the keys that no single option gives.</summary>
    public Action<LinearAdapterMethod, JsonObject, PeftTargets>? WriteMore { get; init; }

    /// <summary>What is saved of a trained set: method and tensors by name. New tensors belong to the caller's dispose scope.</summary>
    public Func<AdapterSet, (AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Tensors)> Export { get; init; }
        = adapters => (adapters.Method, adapters.Tensors());

    /// <summary>Whether a file may lack that tensor because it follows from the pretrained weights or from a seed.</summary>
    public Predicate<string> MayLack { get; init; } = _ => false;

    /// <summary>What to do about an option that has no form.</summary>
    public string Advice { get; init; } = "";

    // exclude_modules came in 0.14, all-linear in 0.8.
    private bool HasExcludeModules => _since >= 14;

    private bool HasAllLinear => _since is null or >= 8;

    /// <summary>Whether the method has this format.</summary>
    public bool Writes(AdapterMethod method) => method.GetType() == _prototype.GetType() && Takes(method);

    /// <summary>Whether a key is one of the format's; a configuration may have others, which are kept.</summary>
    public bool Knows(string key) => Settings.Any(s => s.Key == key);

    /// <summary>Whether that tensor of a file belongs to training alone, so that it is left out.</summary>
    public bool Ignores(string tensorName) => OfTraining.Any(t => tensorName.Contains(t.TensorPart, StringComparison.Ordinal));

    /// <summary>The method that a configuration describes, and warnings about it.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="description">What it is, for messages.</param>
    /// <param name="family">The family of the encoder that the adapter is for.</param>
    /// <param name="warnings">Takes the warnings.</param>
    public AdapterMethod Read(JsonObject configuration, string description, EncoderFamily family, ICollection<string> warnings)
    {
        var keys = new PeftKeys(configuration, Defaults(), description, family, warnings);
        if (Settings.FirstOrDefault(s => s.MustBeOff && !keys.IsOff(s.Key)) is { } refused)
            throw keys.Unsupported(refused.Key, refused.Default);
        foreach ((string key, _) in configuration.Where(p => !Knows(p.Key)))
            warnings.Add($"{description}: the setting '{key}' is not known for {PeftType}; it is kept when the adapter is saved again, "
                + "but has no effect.");
        if (IsOfPeft && Knows(Transposed) && !keys.IsOff(Transposed))
            keys.Warn(Transposed, $"is true, which is not so for {family.Title}'s layers; it has no effect, as in PEFT.");
        if (keys.Text("task_type") is { } task and not "SEQ_CLS")
            warnings.Add($"{description}: 'task_type' is '{task}'; the adapter was made for another head than a classifier's.");

        JsonObject options = AdapterMethodJson.Values(_prototype);
        foreach (PeftSetting setting in Settings.Where(s => s.Option is not null))
            options[setting.Option!] = setting.Read(keys) ?? options[setting.Option!]?.DeepClone();
        ReadMore?.Invoke(keys, options);
        foreach ((string key, _) in OfTraining.Where(t => !keys.IsOff(t.Key)))
            keys.Warn(key, "works in training alone; the adapter is read, and saved again, as the plain LoRA that it predicts as.");
        var method = (LinearAdapterMethod)AdapterMethodJson.Method(options, _prototype.GetType());
        return method with
        {
            TargetModules = PeftPatterns.Read(keys, Targets) ?? method.TargetModules,
            ExcludeModules = WithoutHead(PeftPatterns.Read(keys, Excluded), family),
            Layers = ReadLayers(keys),
            Bias = ReadBias(keys),
            ModulesToSave = WithoutHead(keys.Texts(ModulesToSave), family),
        };
    }

    /// <summary>The whole configuration of a method, every key that PEFT writes included.</summary>
    /// <exception cref="NotSupportedException">An option has no form in PEFT; the message names it.</exception>
    public JsonObject Write(AdapterMethod method, PackedEncoder encoder)
    {
        var own = (LinearAdapterMethod)method;
        JsonObject options = AdapterMethodJson.Values(own);
        RequireForm(options);
        var targets = new PeftTargets(own, encoder);
        JsonObject keys = Defaults();
        keys[ModulesToSave] = PeftTargets.Array(PeftPlaces.HeadsOf(encoder.Family).Concat(targets.SavedModules));
        if (Knows(Bias))
            keys[Bias] = BiasText(own.Bias);
        else if (own.Bias != BiasTraining.None)
            throw NoForm($"{nameof(own.Bias)} {own.Bias}");
        WriteTargets(own, keys, targets);
        foreach (PeftSetting setting in Settings.Where(s => s.Option is not null))
            keys[setting.Key] = setting.Write(options, targets);
        WriteMore?.Invoke(own, keys, targets);
        return keys;
    }

    /// <summary>
    /// Takes out the keys that say no more than their absence does, so that older versions of PEFT, which refuse keys that they do not
    /// know, read what is left.
    /// </summary>
    public void LeaveOutDefaults(JsonObject configuration)
    {
        foreach (PeftSetting setting in Settings.Where(s => IsOfPeft && !s.Always))
        {
            if (setting.Key == Version || JsonNode.DeepEquals(configuration[setting.Key], JsonNode.Parse(setting.Default)))
                configuration.Remove(setting.Key);
        }
    }

    /// <summary>Takes those settings out of a configuration whose tensors were left out.</summary>
    public void LeaveOutIgnored(JsonObject configuration)
    {
        foreach ((string key, _) in OfTraining.Where(t => configuration.ContainsKey(t.Key)))
            configuration[key] = null;
    }

    private void WriteTargets(LinearAdapterMethod method, JsonObject keys, PeftTargets targets)
    {
        bool isTooNew = method.TargetModules is [ModulePattern.AllLinear] && !HasAllLinear;
        JsonNode? taken = isTooNew ? null : PeftPatterns.Write(method.TargetModules);
        JsonNode? excluded = PeftPatterns.Write(method.ExcludeModules);
        // PEFT takes numbers of layers beside a list of names only.
        bool layers = method.Layers is null || (Knows(LayerNumbers) && taken is JsonArray);
        bool exclusion = method.ExcludeModules.Count == 0 || (HasExcludeModules && excluded is not null);
        if (taken is null || !layers || !exclusion)
        {
            targets.WriteNames(keys);
            return;
        }
        keys[Targets] = taken;
        if (method.ExcludeModules.Count > 0)
            keys[Excluded] = excluded;
        if (method.Layers is { } numbers)
            keys[LayerNumbers] = new JsonArray([.. numbers.Select(n => JsonValue.Create(n))]);
    }

    // An option that is not written must be as it will be when the file is read.
    private void RequireForm(JsonObject options)
    {
        JsonObject read = AdapterMethodJson.Values(_prototype);
        string[] written = [.. _places, .. WithoutKey, .. Settings.Select(s => s.Option ?? "")];
        foreach ((string name, _, string property) in _options.Where(o => !written.Contains(o.Name)))
        {
            if (!JsonNode.DeepEquals(options[name], read[name]))
                throw NoForm($"{property} {options[name]?.ToJsonString()}");
        }
    }

    private JsonObject Defaults() => new(Settings.Select(s => KeyValuePair.Create(s.Key, JsonNode.Parse(s.Default))));

    private NotSupportedException NoForm(string option)
        => new($"{_prototype.GetType().Name} with {option} has no form in PEFT's {PeftType} configuration.{Advice}");

    // The head has no adapter here in any case, and trains as a whole; PEFT's users name it.
    private static string[] WithoutHead(string[]? modules, EncoderFamily family)
        => [.. (modules ?? []).Where(m => !PeftPlaces.IsOfHead(m, family))];

    private static int[]? ReadLayers(PeftKeys keys)
    {
        if (keys.Integers(LayerNumbers) is not { Length: > 0 } numbers)
            return null;
        if (keys[Targets] is not (null or JsonArray))
            throw keys.Wrong(LayerNumbers, $"null, as '{Targets}' is no list");
        string[] patterns = keys[LayersPattern] is JsonArray ? keys.Texts(LayersPattern)!
            : keys.Text(LayersPattern) is { Length: > 0 } one ? [one] : [];
        if (patterns.Length > 0 && !patterns.Any(p => p is "layer" or "encoder.layer"))
            throw keys.Unsupported(LayersPattern, $"null or \"layer\", the only list of layers that {keys.Family.Title} has");
        return numbers;
    }

    private BiasTraining ReadBias(PeftKeys keys) => keys[Bias] is null ? BiasTraining.None : keys.Text(Bias) switch
    {
        "none" => BiasTraining.None,
        "all" when _biasOfAdapted is not null => BiasTraining.All,
        { } text when text == _biasOfAdapted => BiasTraining.AdaptedLayers,
        _ when _biasOfAdapted is null => throw keys.Unsupported(Bias, "\"none\""),
        _ => throw keys.Wrong(Bias, PeftKeys.Join(["none", "all", _biasOfAdapted])),
    };

    private string BiasText(BiasTraining bias) => bias switch
    {
        BiasTraining.None => "none",
        BiasTraining.All when _biasOfAdapted is not null => "all",
        BiasTraining.AdaptedLayers when _biasOfAdapted is not null => _biasOfAdapted,
        _ => throw NoForm($"{nameof(Bias)} {bias}"),
    };
}
