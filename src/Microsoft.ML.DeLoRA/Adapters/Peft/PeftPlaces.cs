using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// What the names in a configuration mean on an encoder. PEFT takes names that match nothing and fails only when nothing at all is
/// targeted, while this library refuses such names from its own users; so a configuration's method becomes one that names the same
/// modules and nothing else, and what was left out is said.
/// </summary>
internal sealed class PeftPlaces
{
    public const string Targets = "target_modules";
    public const string Excluded = "exclude_modules";
    public const string LayerNumbers = "layers_to_transform";
    public const string LayersPattern = "layers_pattern";
    public const string ModulesToSave = "modules_to_save";

    private const int MostShown = 10;
    private const string NoLinear = "no linear layer of this model";

    private readonly PackedEncoder _encoder;
    private readonly string _description;
    private readonly List<string> _warnings = [];

    /// <summary>Places a configuration's method.</summary>
    /// <param name="format">The configuration's format.</param>
    /// <param name="method">The method as the configuration has it.</param>
    /// <param name="encoder">The encoder.</param>
    /// <param name="description">What the configuration is, for messages.</param>
    /// <exception cref="InvalidDataException">Nothing is targeted, or something that is no linear layer; the message names it.</exception>
    /// <exception cref="NotSupportedException">An embedding is targeted.</exception>
    public PeftPlaces(PeftFormat format, LinearAdapterMethod method, PackedEncoder encoder, string description)
    {
        (_encoder, _description) = (encoder, description);
        string[] saved = Save(method.ModulesToSave);
        AdaptableLinear[] targeted = Target(method);
        Method = WithPatterns(format, Narrow(method, targeted) with { ModulesToSave = saved }, targeted);
    }

    /// <summary>The keys that say together where the adapters are.</summary>
    public static IReadOnlyList<string> Keys { get; } = [Targets, Excluded, LayerNumbers, LayersPattern];

    /// <summary>The method with names that all mean something here.</summary>
    public LinearAdapterMethod Method { get; }

    /// <summary>What was left out, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Modules to save that the encoder does not have: their tensors are left out.</summary>
    public IReadOnlyList<string> AbsentModules { get; private set; } = [];

    /// <summary>Whether a name in a configuration is of the head, which has no adapter here and is always read.</summary>
    public static bool IsOfHead(string module, EncoderFamily family)
        => HeadsOf(family).Any(h => module == h || module.StartsWith(h + ".", StringComparison.Ordinal));

    /// <summary>
    /// The modules that are saved with every classifier: those that PEFT takes for the head, of which a model has one, and what else is of
    /// the family's.
    /// </summary>
    public static IEnumerable<string> HeadsOf(EncoderFamily family) => new[] { "classifier", "score" }.Union(family.Head.Modules);

    private string Prefix => _encoder.Family.Prefix;

    // PEFT compares the ends of names, whether or not a part of the name starts there.
    private string[] Save(IReadOnlyList<string> modules)
    {
        string[] all = [.. EncoderModules.Names(_encoder)];
        ILookup<string, string> named = modules
            .SelectMany(m => all.Where(n => (Prefix + n).EndsWith(m, StringComparison.Ordinal)).Select(n => (m, n)))
            .ToLookup(p => p.m, p => p.n);
        AbsentModules = [.. modules.Where(m => !named.Contains(m))];
        Warn(ModulesToSave, AbsentModules, "no module of this model; what the file has of it is left out");
        return [.. named.SelectMany(g => g.All(n => ModulePattern.Matches(g.Key, n)) ? [g.Key] : g.AsEnumerable())];
    }

    // PEFT's order: what is excluded, what is saved as a whole and all that is in it, then the targets, whose numbers of layers do not
    // count for whole names.
    private AdaptableLinear[] Target(LinearAdapterMethod method)
    {
        bool Takes(string module) => method.TargetModules.Any(t => ModulePattern.Matches(t, module))
            && !method.ExcludeModules.Any(e => ModulePattern.Matches(e, module))
            && !method.ModulesToSave.Any(s => $".{Prefix}{module}.".Contains($".{s}.", StringComparison.Ordinal))
            && (method.Layers is null || method.TargetModules.Contains(Prefix + module)
                || (EncoderModules.LayerNumber(module) is { } number && method.Layers.Contains(number)));

        AdaptableLinear[] targeted = [.. _encoder.Linears.Where(l => Takes(l.Name))];
        var linears = _encoder.Linears.Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        if (!method.TargetModules.Contains(ModulePattern.AllLinear)
            && EncoderModules.Names(_encoder).Where(m => !linears.Contains(m) && Takes(m)).MinBy(m => m.Length) is { } other)
            throw NotLinear(other);
        return targeted.Length > 0 ? targeted
            : throw new InvalidDataException($"{_description}: {Listed([.. method.TargetModules.Select(PeftPatterns.Shown)])} "
                + $"of '{Targets}' name no linear layer of this model that '{Excluded}', '{ModulesToSave}' and '{LayerNumbers}' leave; "
                + "PEFT refuses that, too. "
                + $"There are: {string.Join(", ", ModulePattern.Endings(_encoder.Linears))}.");
    }

    private Exception NotLinear(string module) => module.EndsWith("_embeddings", StringComparison.Ordinal)
        ? new NotSupportedException($"{_description}: '{Targets}' names '{module}'; adapters on embeddings are not supported here, "
            + "only on linear layers.")
        : new InvalidDataException($"{_description}: '{Targets}' names '{module}', which is no linear layer; PEFT refuses that, too. "
            + $"There are: {string.Join(", ", ModulePattern.Endings(_encoder.Linears))}.");

    // The same names as in the file where they mean the same here, else the modules one by one.
    private LinearAdapterMethod Narrow(LinearAdapterMethod method, AdaptableLinear[] targeted)
    {
        int layerCount = _encoder.Layers.Count;
        LinearAdapterMethod narrow = method with
        {
            TargetModules = Naming(Targets, method.TargetModules, _encoder.Linears, NoLinear),
            ExcludeModules = Naming(Excluded, method.ExcludeModules, _encoder.Linears, NoLinear),
            Layers = method.Layers?.Where(n => n < layerCount).ToArray(),
        };
        string[] absent = [.. (method.Layers ?? []).Where(n => n >= layerCount).Select(n => $"{n}")];
        Warn(LayerNumbers, absent, $"no layer of this model, which has {layerCount}");
        return narrow.Layers is not { Count: 0 } && Selected(narrow).SequenceEqual(targeted)
            ? narrow
            : narrow with { TargetModules = [.. targeted.Select(t => t.Name)], ExcludeModules = [], Layers = null };
    }

    private IEnumerable<AdaptableLinear> Selected(LinearAdapterMethod method)
        => _encoder.Linears.Where(l => method.TargetModules.Any(t => ModulePattern.Matches(t, l.Name))
            && !method.ExcludeModules.Any(e => ModulePattern.Matches(e, l.Name))
            && (method.Layers is null || (EncoderModules.LayerNumber(l.Name) is { } number && method.Layers.Contains(number))));

    private LinearAdapterMethod WithPatterns(PeftFormat format, LinearAdapterMethod method, AdaptableLinear[] targeted)
    {
        JsonObject options = AdapterMethodJson.Values(method);
        foreach (PeftSetting setting in format.Settings.Where(s => s.HasPatterns))
        {
            if (options[setting.Option!] is JsonObject table)
            {
                string[] patterns = [.. table.Select(p => p.Key)];
                foreach (string absent in patterns.Except(Naming(setting.Key, patterns, targeted, "no module with an adapter")).ToArray())
                    table.Remove(absent);
            }
            else
            {
                string[] patterns = [.. options[setting.Option!]!.AsArray().Select(p => p!.GetValue<string>())];
                options[setting.Option!] = PeftTargets.Array(Naming(setting.Key, patterns, _encoder.Linears, NoLinear));
            }
        }
        return (LinearAdapterMethod)AdapterMethodJson.Method(options, method.GetType());
    }

    private string[] Naming(string key, IReadOnlyList<string> patterns, IEnumerable<AdaptableLinear> layers, string otherwise)
    {
        string[] kept = [.. patterns.Where(p => layers.Any(l => ModulePattern.Matches(p, l.Name)))];
        // A list of every linear layer, as PEFT saves it, has the head's in it; nobody needs to know.
        Warn(key, [.. patterns.Except(kept).Select(PeftPatterns.Shown).Where(p => !IsOfHead(p, _encoder.Family))], otherwise);
        return kept;
    }

    private void Warn(string key, IReadOnlyList<string> names, string what)
    {
        if (names.Count == 0)
            return;
        _warnings.Add($"{_description}: {Listed(names)} of '{key}' {(names.Count == 1 ? "names" : "name")} {what}.");
    }

    private static string Listed(IReadOnlyList<string> names)
        => PeftKeys.Join(names.Take(MostShown).Select(n => n.Short()))
            + (names.Count > MostShown ? $" and {names.Count - MostShown} more" : "");
}

/// <summary>
/// The modules of an encoder that a method names. Patterns that PEFT has no form for are written as these names, one by one.
/// </summary>
internal sealed class PeftTargets(LinearAdapterMethod method, PackedEncoder encoder)
{
    /// <summary>The encoder's family.</summary>
    public EncoderFamily Family => encoder.Family;

    /// <summary>The layers with an adapter.</summary>
    public IReadOnlyList<AdaptableLinear> Modules { get; } =
        ModulePattern.Select(encoder.Linears, method.TargetModules, method.ExcludeModules, method.Layers);

    /// <summary>The modules to save beside the adapters and the head.</summary>
    public IEnumerable<string> SavedModules => PeftPatterns.Write(method.ModulesToSave) is JsonArray
        ? method.ModulesToSave
        : EncoderModules.Select(encoder, method.ModulesToSave).Select(p => p.Name[..p.Name.LastIndexOf('.')]).Distinct();

    /// <summary>A table such as <c>rank_pattern</c>.</summary>
    /// <param name="patterns">The numbers by module pattern.</param>
    /// <param name="fallback">That of modules which no pattern names.</param>
    /// <param name="write">PEFT's form of a number.</param>
    public JsonObject Table(JsonObject patterns, double fallback, Func<double, JsonNode> write)
    {
        (string Pattern, double Value)[] values = [.. patterns.Select(p => (p.Key, p.Value!.GetValue<double>()))];
        if (values.All(v => PeftPatterns.ToKey(v.Pattern) is not null))
            return Object(values.Select(v => (PeftPatterns.ToKey(v.Pattern)!, v.Value)));
        return Object(Modules.Select(m => (m.Name, For(m.Name))).Where(m => m.Item2 != fallback));

        double For(string module)
            => values.Where(v => ModulePattern.Matches(v.Pattern, module)).Select(v => v.Value).DefaultIfEmpty(fallback).First();

        JsonObject Object(IEnumerable<(string Name, double Value)> entries)
            => new(entries.Select(e => KeyValuePair.Create(e.Name, (JsonNode?)write(e.Value))));
    }

    /// <summary>Names of modules where the patterns cannot be said in PEFT.</summary>
    public void WriteNames(JsonObject keys)
    {
        keys[PeftPlaces.Targets] = Array(Modules.Select(m => m.Name));
        foreach (string key in new[] { PeftPlaces.Excluded, PeftPlaces.LayerNumbers }.Where(keys.ContainsKey))
            keys[key] = null;
    }

    /// <summary>A list of texts.</summary>
    public static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(t => JsonValue.Create(t))];
}
