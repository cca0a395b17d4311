using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// An adapter_config.json, read and checked: the method that it describes, and everything else that it says, kept for when the adapter
/// is saved again. It comes from outside, and nothing in it is trusted.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class PeftConfiguration
{
    private static readonly JsonDocumentOptions _options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    private readonly JsonObject _keys;
    private readonly PeftFormat _format;

    private PeftConfiguration(JsonObject keys, PeftFormat format, AdapterMethod method, string? baseModelName, IReadOnlyList<string> warnings)
        => (_keys, _format, Method, BaseModelName, Warnings) = (keys, format, method, baseModelName, warnings);

    /// <summary>The method with the options that the configuration gives it; for keys that are absent, PEFT's defaults.</summary>
    public AdapterMethod Method { get; }

    /// <summary>PEFT's name of the method, such as <c>LORA</c>.</summary>
    public string PeftType => _format.PeftType;

    /// <summary>Name or path of the base model where the adapter was trained, or null. It is never opened.</summary>
    public string? BaseModelName { get; }

    /// <summary>What the reader should know: settings without effect here, or another task. One sentence each; empty when all is well.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal PeftFormat Format => _format;

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The text of an adapter_config.json.</param>
    /// <param name="description">What it is, for messages: a path.</param>
    /// <exception cref="InvalidDataException">No JSON, or a value of the wrong kind or out of range; the message names the key.</exception>
    /// <exception cref="NotSupportedException">A method or a setting that is not supported; the message names it.</exception>
    public static PeftConfiguration Parse(string json, string description = "adapter_config.json")
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return Read(JsonNode.Parse(json, documentOptions: _options) as JsonObject ?? throw new JsonException("it holds no JSON object."), description);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no valid Unicode, which JSON can contain in escapes.
            throw new InvalidDataException($"{description} is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The text of the file, as PEFT writes it: keys in order, two blanks of indentation.</summary>
    public string ToJson() => PythonJson.Write(_keys);

    /// <summary>The configuration of a method that was set up here, with all keys that PEFT writes.</summary>
    internal static JsonObject Create(AdapterMethod method, RobertaEncoder encoder, string? baseModelName)
    {
        JsonObject keys = PeftFormats.Of(method).Write(method, encoder);
        keys["base_model_name_or_path"] = baseModelName;
        return keys;
    }

    /// <summary>This configuration with another method's options: a key changes only where its option did.</summary>
    /// <exception cref="ArgumentException">The method is of another type.</exception>
    internal JsonObject With(AdapterMethod method, RobertaEncoder encoder, string? baseModelName)
    {
        PeftFormat format = PeftFormats.Of(method);
        if (format != _format)
            throw new ArgumentException(
                $"The configuration is for {Method.Name} ({PeftType}) and the adapters are {method.Name} of another format; save them without it.");
        JsonObject before = format.Write(Method, encoder);
        var keys = (JsonObject)_keys.DeepClone();
        foreach ((string key, JsonNode? value) in format.Write(method, encoder))
        {
            if (!JsonNode.DeepEquals(value, before[key]))
                keys[key] = value?.DeepClone();
        }
        if (baseModelName is not null)
            keys["base_model_name_or_path"] = baseModelName;
        return keys;
    }

    private static PeftConfiguration Read(JsonObject keys, string description)
    {
        // Writing reads every text, so that one that is not valid is found here.
        _ = PythonJson.Write(keys);
        var common = new PeftKeys(keys, [], description);
        string type = common.Text("peft_type") ?? throw common.Wrong("peft_type", $"one of {PeftFormats.Types}");
        PeftFormat format = PeftFormats.Find(type, keys) ?? throw common.Unsupported("peft_type", PeftFormats.Types);
        var warnings = new List<string>();
        AdapterMethod method = format.Read(keys, description, warnings);
        return new PeftConfiguration(keys, format, method, common.Text("base_model_name_or_path"), warnings);
    }
}
