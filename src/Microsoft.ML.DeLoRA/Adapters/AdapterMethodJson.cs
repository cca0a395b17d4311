using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// Adapter methods and their options as JSON: a method's name, and its options' names in snake case
/// (<c>{ "name": "DeLoRA", "rank": 8, "target_modules": ["query", "value"] }</c>). A method is found by its name in a table,
/// never by a type's name.
/// </summary>
/// <remarks>For PEFT's own configuration files see the Peft namespace. Thread-safe.</remarks>
internal static class AdapterMethodJson
{
    /// <summary>The most bytes of a method as JSON: room for every module's name in every list.</summary>
    internal const int LargestText = 1_000_000;

    private static readonly JsonDocumentOptions _document = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private static readonly JsonSerializerOptions _json = new(SnakeCaseJson.Strict)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { KeepOptions } },
    };

    private static readonly JsonSerializerOptions _named =
        new(_json) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>A method by its name, in any case, with some options set.</summary>
    /// <param name="name">Its name, such as <c>DeLoRA</c>.</param>
    /// <param name="options">Values by the options' names in snake case; null: all defaults.</param>
    /// <exception cref="ArgumentException">
    /// There is no such method or option, or a value is of the wrong type; the message lists what there is.
    /// </exception>
    public static AdapterMethod Create(string name, IEnumerable<KeyValuePair<string, JsonNode?>>? options = null)
        => With(AdapterMethods.Find(name) ?? throw new ArgumentException($"There is no adapter method '{name}'; "
            + $"there are: {AdapterMethods.Names}.", nameof(name)), options ?? []);

    /// <summary>A method with some options changed.</summary>
    /// <param name="method">The method.</param>
    /// <param name="options">Values by the options' names in snake case.</param>
    /// <exception cref="ArgumentException">
    /// There is no such option, or a value is of the wrong type; the message lists what there is.
    /// </exception>
    public static AdapterMethod With(AdapterMethod method, IEnumerable<KeyValuePair<string, JsonNode?>> options)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(options);
        JsonObject values = JsonSerializer.SerializeToNode(method, method.GetType(), _json)!.AsObject();
        foreach ((string option, JsonNode? value) in options)
        {
            if (option == "name" || !values.ContainsKey(option))
                throw new ArgumentException(
                    $"{method.Name} has no option '{option}'; it has: "
                        + $"{string.Join(", ", values.Select(v => v.Key).Where(k => k != "name"))}.",
                    nameof(options));
            values[option] = value?.DeepClone();
            try
            {
                values.Deserialize(method.GetType(), _json);
            }
            catch (JsonException e)
            {
                throw new ArgumentException($"{method.Name}: {value?.ToJsonString() ?? "null"} is no value of option '{option}'.",
                    nameof(options), e);
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
        try
        {
            if (JsonNode.Parse(json, documentOptions: _document) is not JsonObject values
                || values["name"] is not JsonValue nameValue || !nameValue.TryGetValue(out string? name))
                throw new JsonException("There is no name of an adapter method.");
            AdapterMethod method = AdapterMethods.Find(name)
                ?? throw new JsonException($"The adapter method '{name.Short()}' is not known; known are "
                + $"{AdapterMethods.Names}. One of your own is made known by {nameof(AdapterMethods)}.{nameof(AdapterMethods.Register)}.");
            // No option, but models with LoReFT name it that were saved while it was written.
            values.Remove("starts_as_base");
            AdapterMethod read =
                (AdapterMethod)(values.Deserialize(method.GetType(), _json) ?? throw new JsonException("There are no options."));
            // 1e309 is read as infinity, which cannot be written.
            JsonSerializer.Serialize(Stream.Null, read, read.GetType(), _json);
            return read;
        }
        catch (ArgumentException e)
        {
            throw new JsonException("A number in it is too large; options are finite numbers.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"A text in it is no valid Unicode: {e.Message}", e);
        }
    }

    // An option can be set; what is computed from the options is none. The name is how the method is found again.
    private static void KeepOptions(JsonTypeInfo type)
    {
        if (!type.Type.IsAssignableTo(typeof(AdapterMethod)))
            return;
        foreach (JsonPropertyInfo property in type.Properties.Where(p => p.Set is null && p.Name != "name").ToArray())
            type.Properties.Remove(property);
    }

    /// <summary>The options of a kind of method: names, types, and names of the properties.</summary>
    internal static IEnumerable<(string Name, Type Type, string Property)> OptionsOf(Type method)
        => _json.GetTypeInfo(method).Properties.Where(p => p.Set is not null)
            .Select(p => (p.Name, p.PropertyType, ((MemberInfo)p.AttributeProvider!).Name));

    /// <summary>A method's options by their names.</summary>
    internal static JsonObject Values(AdapterMethod method) => JsonSerializer.SerializeToNode(method, method.GetType(), _named)!.AsObject();

    /// <summary>The method of that type with those options.</summary>
    internal static AdapterMethod Method(JsonObject values, Type type) => (AdapterMethod)values.Deserialize(type, _named)!;

    /// <summary>For messages and comparisons: numbers that are infinite or NaN stand in it by their names.</summary>
    internal static string Serialize(AdapterMethod method) => JsonSerializer.Serialize(method, method.GetType(), _named);

    /// <exception cref="JsonException">The JSON has other options than the type.</exception>
    internal static AdapterMethod Deserialize(string json, Type type)
        => (AdapterMethod)(JsonSerializer.Deserialize(json, type, _named) ?? throw new JsonException("There are no options."));
}
