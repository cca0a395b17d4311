using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// Adapter methods and their options as JSON: a method's name, and its options' names in snake case
/// (<c>{ "name": "DeLoRA", "rank": 8, "target_modules": ["query", "value"] }</c>). A method is found by its name in a table,
/// never by a type's name.
/// </summary>
/// <remarks>For PEFT's own configuration files see the Peft namespace. Thread-safe.</remarks>
public static class AdapterMethodJson
{
    private static readonly AdapterMethod[] _defaults =
    [
        new DeLoRAMethod(),
        new MultiplicativeDeLoRAMethod(),
        new LoRAMethod(),
        new DoRAMethod(),
        new VeRAMethod(),
        new IA3Method(),
        new ETHERMethod(),
        new ETHERPlusMethod(),
        new OFTMethod(),
        new BOFTMethod(),
        new HRAMethod(),
        new BottleneckMethod(),
        new REDMethod(),
        new BitFitMethod(),
        new FullFineTuningMethod(),
        new LoReFTMethod(),
    ];

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
    };

    /// <summary>Every method with its default options.</summary>
    public static IReadOnlyList<AdapterMethod> All => _defaults;

    /// <summary>A method by its name, in any case, with some options set.</summary>
    /// <param name="name">Its name, such as <c>DeLoRA</c>.</param>
    /// <param name="options">Values by the options' names in snake case; null: all defaults.</param>
    /// <exception cref="ArgumentException">
    /// There is no such method or option, or a value is of the wrong type; the message lists what there is.
    /// </exception>
    public static AdapterMethod Create(string name, IEnumerable<KeyValuePair<string, JsonNode?>>? options = null)
        => With(Find(name) ?? throw new ArgumentException($"There is no adapter method '{name}'; there are: {Known}.", nameof(name)), options ?? []);

    /// <summary>A method of this library with some options changed.</summary>
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
    /// <exception cref="NotSupportedException">A method that is not part of this library.</exception>
    public static void Write(Stream stream, AdapterMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (Find(method.Name)?.GetType() != method.GetType())
            throw new NotSupportedException($"Models with the adapter method {method.Name} ({method.GetType()}) cannot be saved; known are {Known}.");
        JsonSerializer.Serialize(stream, method, method.GetType(), _json);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not the JSON that is expected.</exception>
    public static AdapterMethod Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        if (JsonNode.Parse(ref reader) is not JsonObject values || values["name"] is not JsonValue nameValue || !nameValue.TryGetValue(out string? name))
            throw new JsonException("There is no name of an adapter method.");
        AdapterMethod method = Find(name) ?? throw new JsonException($"The adapter method '{name}' is not known; known are {Known}.");
        return (AdapterMethod)(values.Deserialize(method.GetType(), _json) ?? throw new JsonException("There are no options."));
    }

    private static string Known => string.Join(", ", _defaults.Select(m => m.Name));

    private static AdapterMethod? Find(string name) => _defaults.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
