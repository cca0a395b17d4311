using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>The modules of an encoder that a method names. Patterns that PEFT has no form for are written as these names, one by one.</summary>
internal sealed class PeftTargets(LinearAdapterMethod method, RobertaEncoder encoder)
{
    public LinearAdapterMethod Method { get; } = method;

    /// <summary>The layers with an adapter.</summary>
    public IReadOnlyList<AdaptableLinear> Modules { get; } =
        ModulePattern.Select(encoder.Linears, method.TargetModules, method.ExcludeModules, method.Layers);

    /// <summary>The modules to save beside the adapters and the head.</summary>
    public IEnumerable<string> SavedModules => PeftPatterns.Write(Method.ModulesToSave) is JsonArray
        ? Method.ModulesToSave
        : EncoderModules.Select(encoder, Method.ModulesToSave).Select(p => p.Name[..p.Name.LastIndexOf('.')]).Distinct();

    /// <summary>A table such as <c>rank_pattern</c>.</summary>
    public JsonObject Table<T>(IReadOnlyDictionary<string, T> patterns, T fallback, Func<T, JsonNode?> write)
    {
        if (patterns.Keys.All(p => PeftPatterns.ToKey(p) is not null))
            return Object(patterns.Select(p => (PeftPatterns.ToKey(p.Key)!, p.Value)), write);
        return Object(Modules.Select(m => (m.Name, For(m, patterns, fallback))).Where(m => !Equals(m.Item2, fallback)), write);
    }

    /// <summary>A list of texts.</summary>
    public static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(t => JsonValue.Create(t))];

    private static T For<T>(AdaptableLinear layer, IReadOnlyDictionary<string, T> patterns, T fallback)
        => patterns.Where(p => ModulePattern.Matches(p.Key, layer.Name)).Select(p => p.Value).DefaultIfEmpty(fallback).First();

    private static JsonObject Object<T>(IEnumerable<(string Name, T Value)> values, Func<T, JsonNode?> write)
        => new(values.Select(v => KeyValuePair.Create(v.Name, write(v.Value))));
}
