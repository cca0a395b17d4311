using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;

namespace Microsoft.ML.DeLoRA.Serving;

/// <summary>An adapter method and its options as JSON. The method is found by its name in a table, never by a type's name.</summary>
internal static class AdapterMethodJson
{
    private static readonly Dictionary<string, Type> _methods = new(StringComparer.Ordinal)
    {
        ["DeLoRA"] = typeof(DeLoRAMethod),
    };

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
    };

    public static void Write(Stream stream, AdapterMethod method)
    {
        if (!_methods.TryGetValue(method.Name, out Type? type) || type != method.GetType())
            throw new NotSupportedException($"Models with the adapter method {method.Name} ({method.GetType()}) cannot be saved; "
                + $"known are {Known}.");
        JsonSerializer.Serialize(stream, method, type, _json);
    }

    /// <exception cref="JsonException">Not the JSON that is expected.</exception>
    public static AdapterMethod Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        if (JsonNode.Parse(ref reader) is not JsonObject values || values["name"] is not JsonValue nameValue || !nameValue.TryGetValue(out string? name))
            throw new JsonException("There is no name of an adapter method.");
        if (!_methods.TryGetValue(name, out Type? type))
            throw new JsonException($"The adapter method '{name}' is not known; known are {Known}.");
        return (AdapterMethod)(values.Deserialize(type, _json) ?? throw new JsonException("There are no options."));
    }

    private static string Known => string.Join(", ", _methods.Keys);
}
