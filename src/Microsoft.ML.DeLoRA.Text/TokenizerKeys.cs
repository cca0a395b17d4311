using System.Text.Json;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>Reads values out of a JSON object of a tokenizer's files, which come from outside: errors name file and key.</summary>
/// <param name="element">The object.</param>
/// <param name="source">Where it stands, for messages.</param>
/// <param name="kind">What tokenizer is read, for messages.</param>
internal sealed class TokenizerKeys(JsonElement element, string source, TokenizerKind kind)
{
    public JsonElement Element { get; } = element;

    /// <summary>Whether there is a value other than null.</summary>
    public bool Has(string key) => Element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public TokenizerKeys Object(string key)
        => Has(key) && Element.GetProperty(key) is { ValueKind: JsonValueKind.Object } value
            ? new TokenizerKeys(value, $"{source}: {key}", kind)
            : throw Wrong(key, "an object");

    /// <summary>The objects of a list; none where it is absent.</summary>
    public IEnumerable<TokenizerKeys> Objects(string key)
    {
        if (!Has(key))
            return [];
        JsonElement list = Element.GetProperty(key);
        if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(i => i.ValueKind != JsonValueKind.Object))
            throw Wrong(key, "a list of objects");
        string place = $"{source}: {key}";
        return list.EnumerateArray().Select(i => new TokenizerKeys(i, place, kind));
    }

    public string? Text(string key)
        => !Has(key)
            ? null
            : Element.GetProperty(key) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()
            : throw Wrong(key, "a text");

    public bool? Boolean(string key) => !Has(key) ? null : Element.GetProperty(key).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, "true or false"),
    };

    public int Integer(string key)
        => Has(key) && Element.GetProperty(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number)
            ? number
            : throw Wrong(key, "a whole number");

    /// <summary>True for what is absent, null, false, 0 and "".</summary>
    public bool IsOff(string key) => !Has(key) || Element.GetProperty(key) switch
    {
        { ValueKind: JsonValueKind.False } => true,
        { ValueKind: JsonValueKind.Number } value => value.TryGetDouble(out double number) && number == 0,
        { ValueKind: JsonValueKind.String } value => value.GetString() is "",
        _ => false,
    };

    /// <summary>Whether the key is there, if only with null.</summary>
    public bool Mentions(string key) => Element.TryGetProperty(key, out _);

    /// <summary>The text of a token, which stands there alone or as the content of an object; null where it is null.</summary>
    public string? TokenName(string key)
    {
        if (!Has(key))
            return null;
        string? name = Element.GetProperty(key).ValueKind == JsonValueKind.Object ? Object(key).Text("content") : Text(key);
        return name is { Length: > 0 } ? name : throw Wrong(key, "a token");
    }

    /// <summary>A list of special tokens, or a table from names to them; their ids are not known yet.</summary>
    public IEnumerable<AddedToken> SpecialTokens(string key)
    {
        if (!Has(key))
            yield break;
        JsonElement list = Element.GetProperty(key);
        IEnumerable<JsonElement> items = list.ValueKind switch
        {
            JsonValueKind.Array => list.EnumerateArray(),
            JsonValueKind.Object => list.EnumerateObject().Select(p => p.Value),
            _ => throw Wrong(key, "a list of tokens"),
        };
        foreach (JsonElement item in items)
        {
            yield return item.ValueKind switch
            {
                JsonValueKind.Object => new TokenizerKeys(item, $"{source}: {key}", kind).ReadToken(id: 0, special: true),
                JsonValueKind.String when item.GetString() is { Length: > 0 } content => new AddedToken(content, 0) { Special = true },
                _ => throw Wrong(key, "a list of tokens"),
            };
        }
    }

    /// <summary>This object as an added token; what it leaves out has Hugging Face's defaults.</summary>
    public AddedToken ReadToken(int id, bool? special = null)
    {
        bool isSpecial = special ?? Boolean("special") ?? false;
        return new AddedToken(Text("content") ?? throw Wrong("content", "a text"), id)
        {
            StripsLeft = Boolean("lstrip") ?? false,
            StripsRight = Boolean("rstrip") ?? false,
            SingleWord = Boolean("single_word") ?? false,
            Normalized = Boolean("normalized") ?? !isSpecial,
            Special = isSpecial,
        };
    }

    /// <summary>The token of a list of a token and its id, as a post-processor has it.</summary>
    public string TokenWithId(string key) => Element.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Array
        && value.GetArrayLength() == 2 && value[0].ValueKind == JsonValueKind.String
            ? value[0].GetString()!
            : throw Wrong(key, "a token with its id");

    /// <summary>
    /// The parts of a post-processor's template: A, B, or a token with a mark before it, so that none is taken for a text.
    /// </summary>
    public string[] Template(string key) => [.. Objects(key).Select(part => part.Element.TryGetProperty("SpecialToken", out _)
        ? "$" + part.Object("SpecialToken").Text("id")
        : part.Object("Sequence").Text("id") ?? "")];

    public InvalidDataException Wrong(string key, string expected) => new($"{source}: '{key}' is {Shown(key)}; expected is {expected}.");

    public NotSupportedException Unsupported(string key, string supported)
        => new($"{source}: '{key}' is {Shown(key)}; only {kind.Read} is read, where it is {supported}.");

    private string Shown(string key)
    {
        if (!Element.TryGetProperty(key, out JsonElement value))
            return "missing";
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out JsonElement type))
            return $"of type {type.GetRawText()}";
        // Not the text of a whole vocabulary.
        string text = value.ValueKind is JsonValueKind.Array or JsonValueKind.Object ? $"{value.ValueKind}" : value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }
}
