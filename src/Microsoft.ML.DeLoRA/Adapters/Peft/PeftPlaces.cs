using Microsoft.ML.DeLoRA.Encoders;
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

    private const string Prefix = "roberta.";
    private const int MostShown = 10;
    private const string NoLinear = "no linear layer of this model";

    private readonly RobertaEncoder _encoder;
    private readonly string _description;
    private readonly List<string> _warnings = [];

    /// <summary>Places a configuration's method.</summary>
    /// <param name="method">The method as the configuration has it.</param>
    /// <param name="encoder">The encoder.</param>
    /// <param name="description">What the configuration is, for messages.</param>
    /// <exception cref="InvalidDataException">Nothing is targeted, or something that is no linear layer; the message names it.</exception>
    /// <exception cref="NotSupportedException">An embedding is targeted.</exception>
    public PeftPlaces(LinearAdapterMethod method, RobertaEncoder encoder, string description)
    {
        (_encoder, _description) = (encoder, description);
        string[] saved = Save(method.ModulesToSave);
        AdaptableLinear[] targeted = Target(method);
        Method = WithTables(Narrow(method, targeted) with { ModulesToSave = saved }, targeted);
    }

    /// <summary>The keys that say together where the adapters are.</summary>
    public static IReadOnlyList<string> Keys { get; } = [Targets, Excluded, LayerNumbers, LayersPattern];

    /// <summary>The modules of the head that PEFT trains and saves with every classifier; a model has one of the two.</summary>
    public static IReadOnlyList<string> Heads { get; } = ["classifier", "score"];

    /// <summary>The method with names that all mean something here.</summary>
    public LinearAdapterMethod Method { get; }

    /// <summary>What was left out, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Modules to save that the encoder does not have: their tensors are left out.</summary>
    public IReadOnlyList<string> AbsentModules { get; private set; } = [];

    /// <summary>Whether a name in a configuration is of the head, which has no adapter here and is always read.</summary>
    public static bool IsOfHead(string module) => Heads.Any(h => module == h || module.StartsWith(h + ".", StringComparison.Ordinal));

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

    private LinearAdapterMethod WithTables(LinearAdapterMethod method, AdaptableLinear[] targeted)
    {
        if (method is LowRankMethod lowRank)
            method = lowRank with { RankPattern = Table("rank_pattern", lowRank.RankPattern, targeted) };
        return method switch
        {
            ScaledLowRankMethod scaled => scaled with { AlphaPattern = Table("alpha_pattern", scaled.AlphaPattern, targeted) },
            BoundedLowRankMethod bounded => bounded with { LambdaPattern = Table("lambda_pattern", bounded.LambdaPattern, targeted) },
            IA3Method ia3 => ia3 with
            {
                FeedForwardModules = Naming("feedforward_modules", ia3.FeedForwardModules, _encoder.Linears, NoLinear),
            },
            _ => method,
        };
    }

    private IReadOnlyDictionary<string, T> Table<T>(string key, IReadOnlyDictionary<string, T> patterns, AdaptableLinear[] targeted)
    {
        string[] kept = Naming(key, [.. patterns.Keys], targeted, "no module with an adapter");
        return kept.Length == patterns.Count ? patterns : kept.ToDictionary(k => k, k => patterns[k]);
    }

    private string[] Naming(string key, IReadOnlyList<string> patterns, IEnumerable<AdaptableLinear> layers, string otherwise)
    {
        string[] kept = [.. patterns.Where(p => layers.Any(l => ModulePattern.Matches(p, l.Name)))];
        // A list of every linear layer, as PEFT saves it, has the head's in it; nobody needs to know.
        Warn(key, [.. patterns.Except(kept).Select(PeftPatterns.Shown).Where(p => !IsOfHead(p))], otherwise);
        return kept;
    }

    private void Warn(string key, IReadOnlyList<string> names, string what)
    {
        if (names.Count == 0)
            return;
        _warnings.Add($"{_description}: {Listed(names)} of '{key}' {(names.Count == 1 ? "names" : "name")} {what}.");
    }

    private static string Listed(IReadOnlyList<string> names)
        => PeftKeys.Join(names.Take(MostShown).Select(n => n.Short())) + (names.Count > MostShown ? $" and {names.Count - MostShown} more" : "");
}
