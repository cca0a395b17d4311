using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// Adapter methods and their options as JSON: a method's name, and its options' names in snake case
/// (<c>{ "name": "DeLoRA", "rank": 8, "target_modules": ["query", "value"] }</c>). A method is found by its name in a table,
/// never by a type's name.
/// </summary>
/// <remarks>For PEFT's own configuration files see the Peft namespace. Thread-safe.</remarks>
public static class AdapterMethodJson
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KeepOptions } },
    };

    /// <summary>A method by its name, in any case, with some options set.</summary>
    /// <param name="name">Its name, such as <c>DeLoRA</c>.</param>
    /// <param name="options">Values by the options' names in snake case; null: all defaults.</param>
    /// <exception cref="ArgumentException">
    /// There is no such method or option, or a value is of the wrong type; the message lists what there is.
    /// </exception>
    public static AdapterMethod Create(string name, IEnumerable<KeyValuePair<string, JsonNode?>>? options = null)
        => With(AdapterMethods.Find(name) ?? throw new ArgumentException($"There is no adapter method '{name}'; there are: {AdapterMethods.Names}.", nameof(name)), options ?? []);

    /// <summary>A method with some options changed.</summary>
    /// <param name="method">The method.</param>
    /// <param name="options">Values by the options' names in snake case.</param>
    /// <exception cref="ArgumentException">There is no such option, or a value is of the wrong type; the message lists what there is.</exception>
    public static AdapterMethod With(AdapterMethod method, IEnumerable<KeyValuePair<string, JsonNode?>> options)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(options);
        JsonObject values = JsonSerializer.SerializeToNode(method, method.GetType(), _json)!.AsObject();
        foreach ((string option, JsonNode? value) in options)
        {
            if (option == "name" || !values.ContainsKey(option))
                throw new ArgumentException(
                    $"{method.Name} has no option '{option}'; it has: {string.Join(", ", values.Select(v => v.Key).Where(k => k != "name"))}.",
                    nameof(options));
            values[option] = value?.DeepClone();
            try
            {
                values.Deserialize(method.GetType(), _json);
            }
            catch (JsonException e)
            {
                throw new ArgumentException($"{method.Name}: {value?.ToJsonString() ?? "null"} is no value of option '{option}'.", nameof(options), e);
            }
        }
        return (AdapterMethod)values.Deserialize(method.GetType(), _json)!;
    }

    /// <summary>Writes a method with all its options.</summary>
    /// <exception cref="NotSupportedException">The method is not registered; see <see cref="AdapterMethods.Register"/>.</exception>
    public static void Write(Stream stream, AdapterMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (!AdapterMethods.IsKnown(method))
            throw new NotSupportedException($"Models with the adapter method '{method.Name}' ({method.GetType()}) cannot be saved before "
                + $"{nameof(AdapterMethods)}.{nameof(AdapterMethods.Register)} makes it known; known are {AdapterMethods.Names}.");
        JsonSerializer.Serialize(stream, method, method.GetType(), _json);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not the JSON that is expected.</exception>
    public static AdapterMethod Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        if (JsonNode.Parse(ref reader) is not JsonObject values || values["name"] is not JsonValue nameValue || !nameValue.TryGetValue(out string? name))
            throw new JsonException("There is no name of an adapter method.");
        AdapterMethod method = AdapterMethods.Find(name) ?? throw new JsonException($"The adapter method '{name}' is not known; known are "
            + $"{AdapterMethods.Names}. One of your own is made known by {nameof(AdapterMethods)}.{nameof(AdapterMethods.Register)}.");
        return (AdapterMethod)(values.Deserialize(method.GetType(), _json) ?? throw new JsonException("There are no options."));
    }

    // An option can be set; what is computed from the options is none. The name is how the method is found again.
    private static void KeepOptions(JsonTypeInfo type)
    {
        if (!type.Type.IsAssignableTo(typeof(AdapterMethod)))
            return;
        foreach (JsonPropertyInfo property in type.Properties.Where(p => p.Set is null && p.Name != "name").ToArray())
            type.Properties.Remove(property);
    }

    internal static string Serialize(AdapterMethod method) => JsonSerializer.Serialize(method, method.GetType(), _json);

    /// <exception cref="JsonException">The JSON has other options than the type.</exception>
    internal static AdapterMethod Deserialize(string json, Type type)
        => (AdapterMethod)(JsonSerializer.Deserialize(json, type, _json) ?? throw new JsonException("There are no options."));
}
