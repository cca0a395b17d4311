using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>An option of an adapter method, as <c>--set</c> takes it.</summary>
/// <param name="Name">Its name in snake case.</param>
/// <param name="Type">What it takes, in words.</param>
/// <param name="Default">Its default, as JSON.</param>
/// <param name="Description">What it is for.</param>
internal sealed record MethodOption(string Name, string Type, JsonNode? Default, string Description);

/// <summary>What there is to know of an adapter method; all of it comes from the method itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What its documentation says.</param>
/// <param name="Remarks">What else that says; may be empty.</param>
/// <param name="Merges">Whether its adapters merge into the weights; null: it adds none, so there is nothing to merge.</param>
/// <param name="PeftType">What PEFT calls it; null: PEFT has no form for it.</param>
/// <param name="StartsAsBase">Whether training starts from the pretrained model.</param>
/// <param name="Options">Its options.</param>
internal sealed record MethodDescription(
    string Name, string Summary, string Remarks, bool? Merges, string? PeftType, bool StartsAsBase, IReadOnlyList<MethodOption> Options)
{
    // Large enough for every default.
    private static readonly EncoderConfiguration _small = new()
    {
        VocabularySize = 8,
        HiddenSize = 256,
        LayerCount = 1,
        HeadCount = 2,
        IntermediateSize = 512,
        PositionCount = 8,
    };

    /// <summary>What the summary says behind the method's name and source: what follows the first colon outside parentheses.</summary>
    public string Idea
    {
        get
        {
            int depth = 0;
            for (int i = 0; i + 1 < Summary.Length; i++)
            {
                depth += Summary[i] switch { '(' => 1, ')' => -1, _ => 0 };
                if (depth == 0 && Summary[i] == ':' && Summary[i + 1] == ' ')
                    return Summary[(i + 2)..];
            }
            return Summary;
        }
    }

    /// <summary>Describes a method with the options that it has.</summary>
    public static MethodDescription Of(AdapterMethod method)
    {
        Type type = method.GetType();
        return new MethodDescription(method.Name, MethodDocumentation.Of(type), MethodDocumentation.RemarksOf(type),
            CanMerge(method), PeftName(method), method.StartsAsBase, OptionsOf(method));
    }

    /// <summary>The values of a method's options by their names.</summary>
    public static JsonObject Values(AdapterMethod method)
    {
        using var stream = new MemoryStream();
        AdapterMethodJson.Write(stream, method);
        JsonObject values = JsonNode.Parse(stream.ToArray())!.AsObject();
        values.Remove("name");
        return values;
    }

    private static MethodOption[] OptionsOf(AdapterMethod method)
    {
        Dictionary<string, PropertyInfo> properties = method.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .ToDictionary(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name));
        return [.. Values(method).Select(value =>
        {
            PropertyInfo property = properties[value.Key];
            return new MethodOption(value.Key, TypeName(property.PropertyType), value.Value?.DeepClone(), MethodDocumentation.Of(property));
        })];
    }

    private static string TypeName(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return $"{TypeName(inner)} or null";
        if (type.IsEnum)
            return string.Join(" | ", Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));
        if (type == typeof(bool))
            return "true | false";
        if (type == typeof(int) || type == typeof(long))
            return "whole number";
        if (type == typeof(double) || type == typeof(float))
            return "number";
        if (type == typeof(string))
            return "text";
        Type[] parts = type.GetGenericArguments();
        return parts.Length switch
        {
            1 => $"list of {TypeName(parts[0])}s",
            2 => $"{{\"module\": {TypeName(parts[1])}, ...}}",
            _ => type.Name,
        };
    }

    private static bool? CanMerge(AdapterMethod method)
    {
        using var weights = new RandomWeights(_small, seed: 0);
        using var encoder = new PackedEncoder(_small, weights);
        using AdapterSet adapters = AdapterSet.Attach(encoder, method);
        return adapters.Adapters.Count == 0 ? null : adapters.CanMerge;
    }

    private static string? PeftName(AdapterMethod method)
    {
        try
        {
            return PeftFormats.Of(method).PeftType;
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }
}
