using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// An adapter_config.json, read and checked: the method that it describes, and everything else that it says, kept for when the adapter
/// is saved again. It comes from outside, and nothing in it is trusted.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class PeftConfiguration
{
    private const string BaseName = "base_model_name_or_path";
    private const string BaseRevision = "revision";

    private readonly JsonObject _keys;
    private readonly PeftFormat _format;
    private readonly string _description;

    private PeftConfiguration(
        JsonObject keys, PeftFormat format, AdapterMethod method, string description, string? baseModelName, IReadOnlyList<string> warnings)
        => (_keys, _format, Method, _description, BaseModelName, Warnings) = (keys, format, method, description, baseModelName, warnings);

    /// <summary>The method with the options that the configuration gives it; for keys that are absent, PEFT's defaults.</summary>
    public AdapterMethod Method { get; }

    /// <summary>PEFT's name of the method, such as <c>LORA</c>.</summary>
    public string PeftType => _format.PeftType;

    /// <summary>Name or path of the base model where the adapter was trained, or null. It is never opened.</summary>
    public string? BaseModelName { get; }

    /// <summary>
    /// What the reader should know: settings without effect here, or another task. One sentence each; empty when all is well.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; }

    internal PeftFormat Format => _format;

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The text of an adapter_config.json.</param>
    /// <param name="description">What it is, for messages: a path.</param>
    /// <exception cref="InvalidDataException">No JSON, or a value of the wrong kind or out of range; the message names the key.</exception>
    /// <exception cref="NotSupportedException">A method or a setting that is not supported; the message names it.</exception>
    public static PeftConfiguration Parse(string json, string description = "adapter_config.json")
        => Parse(json, description, EncoderFamilies.Default);

    /// <summary>The same for an encoder of a family: PEFT's regular expressions are over that one's names.</summary>
    internal static PeftConfiguration Parse(string json, string description, EncoderFamily family)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            JsonNode? root = JsonNode.Parse(json, documentOptions: OutsideJson.Options);
            return Read(root as JsonObject ?? throw new JsonException("it holds no JSON object."), description, family);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no valid Unicode, which JSON can contain in escapes.
            throw new InvalidDataException($"{description} is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The text of the file, as PEFT writes it: keys in order, two blanks of indentation.</summary>
    public string ToJson() => PythonJson.Write(_keys);

    /// <summary>The method with the names that mean something on an encoder, and what was left out.</summary>
    /// <exception cref="InvalidDataException">Nothing is targeted, or no linear layer.</exception>
    /// <exception cref="NotSupportedException">An embedding is targeted.</exception>
    internal PeftPlaces On(PackedEncoder encoder) => new(_format, (LinearAdapterMethod)Method, encoder, _description);

    /// <summary>
    /// The configuration of a method that was set up here: what differs from the defaults of the first version of PEFT that has the
    /// method, and what says which adapter it is.
    /// </summary>
    internal static JsonObject Create(AdapterMethod method, PackedEncoder encoder, string? baseModelName)
    {
        PeftFormat format = PeftFormats.Of(method);
        JsonObject keys = format.Write(method, encoder);
        keys[BaseName] = baseModelName;
        format.LeaveOutDefaults(keys);
        return keys;
    }

    /// <summary>
    /// This configuration for what the adapter has become: of the same format with a key changed only where its option did; of another
    /// format a new one with the base model's name and the keys that are not this format's.
    /// </summary>
    internal JsonObject For(AdapterMethod method, PackedEncoder encoder, string? baseModelName)
    {
        PeftFormat format = PeftFormats.Of(method);
        var keys = format == _format ? Changed(method, encoder) : Carried(method, encoder);
        if (baseModelName is not null && baseModelName != BaseModelName)
        {
            keys[BaseName] = baseModelName;
            // A revision of another model.
            if (keys.ContainsKey(BaseRevision))
                keys[BaseRevision] = null;
        }
        return keys;
    }

    private JsonObject Changed(AdapterMethod method, PackedEncoder encoder)
    {
        JsonObject before = _format.Write(On(encoder).Method, encoder);
        JsonObject after = _format.Write(method, encoder);
        var keys = (JsonObject)_keys.DeepClone();
        bool Differs(string key) => !JsonNode.DeepEquals(after[key], before[key]);
        bool places = PeftPlaces.Keys.Any(Differs);
        foreach (string key in after.Select(p => p.Key).Where(k => Differs(k) || (places && PeftPlaces.Keys.Contains(k))))
            keys[key] = after[key]?.DeepClone();
        _format.LeaveOutIgnored(keys);
        return keys;
    }

    private JsonObject Carried(AdapterMethod method, PackedEncoder encoder)
    {
        JsonObject keys = Create(method, encoder, BaseModelName);
        foreach ((string key, JsonNode? value) in _keys.Where(k => k.Key == BaseRevision || !_format.Knows(k.Key)))
            keys[key] = value?.DeepClone();
        return keys;
    }

    private static PeftConfiguration Read(JsonObject keys, string description, EncoderFamily family)
    {
        // Writing reads every text, so that one that is not valid is found here.
        _ = PythonJson.Write(keys);
        var common = new PeftKeys(keys, [], description, family);
        string type = common.Text("peft_type") ?? throw common.Wrong("peft_type", $"one of {PeftFormats.Types}");
        PeftFormat format = PeftFormats.Find(type, keys) ?? throw common.Unsupported("peft_type", PeftFormats.Types);
        var warnings = new List<string>();
        AdapterMethod method = format.Read(keys, description, family, warnings);
        return new PeftConfiguration(keys, format, method, description, common.Text(BaseName), warnings);
    }
}
