using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Families;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// One key of a configuration: the value that its absence means, and the option here that it stands for. How a value is checked and
/// written follows from the option's type.
/// </summary>
/// <param name="Key">PEFT's key.</param>
/// <param name="Default">The value, as JSON, that its absence means to every version of PEFT.</param>
internal sealed record PeftSetting(string Key, string Default)
{
    private FrozenDictionary<string, string> _choices = FrozenDictionary<string, string>.Empty;

    /// <summary>The option's name in the method's own JSON; null: it has no effect here.</summary>
    public string? Option { get; private init; }

    /// <summary>Whether it changes the computation in a way that is not supported: a configuration must leave it off.</summary>
    public bool MustBeOff { get; private init; }

    /// <summary>Whether it is written even where it has the default.</summary>
    public bool Always { get; private init; }

    /// <summary>Whether the option has patterns of modules, which may name some that an encoder does not have.</summary>
    public bool HasPatterns => Type == typeof(IReadOnlyList<string>) || Type == typeof(IReadOnlyDictionary<string, int>)
        || Type == typeof(IReadOnlyDictionary<string, double>);

    private Type? Type { get; init; }

    // PEFT declares it as a whole number, and takes others.
    private bool Whole { get; init; }

    /// <summary>
    /// Reads a row of the table: the key, its default as JSON without blanks, and any of: the option's name, <c>must-be-off</c>,
    /// <c>always</c>, <c>whole</c>, and <c>peft=own</c> where the values of an enumeration have other names in PEFT.
    /// </summary>
    public static PeftSetting Parse(string row, IReadOnlyList<(string Name, Type Type, string Property)> options)
    {
        string[] words = row.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] others = words[2..];
        bool Has(string word) => others.Contains(word);
        (string name, Type type, _) = options.FirstOrDefault(o => Has(o.Name));
        string[] pairs = [.. others.Where(w => w.Contains('='))];
        if (others.Except([name, "must-be-off", "always", "whole", .. pairs]).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"'{unknown}' in the row of '{words[0]}' is no option of the method.", nameof(row));
        IEnumerable<string> values = type?.IsEnum == true ? Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName) : [];
        return new PeftSetting(words[0], words[1])
        {
            Option = name,
            Type = type,
            MustBeOff = Has("must-be-off"),
            Always = Has("always"),
            Whole = Has("whole"),
            _choices = (pairs.Length > 0 ? pairs : values.Select(v => $"{v}={v}"))
                .ToFrozenDictionary(p => p.Split('=')[0], p => p.Split('=')[1]),
        };
    }

    /// <summary>The option's value; null where null in PEFT means the method's own default.</summary>
    /// <exception cref="InvalidDataException">The value is of the wrong kind or out of range; the message names the key.</exception>
    public JsonNode? Read(PeftKeys keys) => Type switch
    {
        var type when type == typeof(int) => keys.Size(Key),
        var type when type == typeof(int?) => keys.Count(Key),
        var type when type == typeof(long) => keys.Integer(Key),
        var type when type == typeof(double) => keys.Number(Key),
        var type when type == typeof(bool) => keys.Boolean(Key),
        var type when type == typeof(IReadOnlyDictionary<string, int>) => keys.RankTable(Key),
        var type when type == typeof(IReadOnlyDictionary<string, double>) => keys.NumberTable(Key),
        var type when type == typeof(IReadOnlyList<string>) => PeftPatterns.Read(keys, Key) is { } list ? PeftTargets.Array(list) : null,
        { IsEnum: true } => keys.Choice(Key, _choices),
        _ => throw new NotSupportedException($"An option of type {Type} has no form in PEFT."),
    };

    /// <summary>PEFT's value of the option; null where PEFT has no form for patterns.</summary>
    public JsonNode? Write(JsonObject options, PeftTargets targets)
    {
        if (options[Option!] is not { } value)
            return JsonNode.Parse(Default);
        // The value of layers that a table does not name.
        double Fallback() => options[Option![..^"_pattern".Length]]!.GetValue<double>();
        return Type switch
        {
            var type when type == typeof(double) => Number(value.GetValue<double>()),
            var type when type == typeof(IReadOnlyDictionary<string, int>) => targets.Table(value.AsObject(), Fallback(), n => (int)n),
            var type when type == typeof(IReadOnlyDictionary<string, double>) => targets.Table(value.AsObject(), Fallback(), Number),
            var type when type == typeof(IReadOnlyList<string>) => PeftPatterns.Write([.. value.AsArray().Select(p => $"{p}")]),
            { IsEnum: true } => _choices.Single(c => c.Value == value.GetValue<string>()).Key,
            _ => value.DeepClone(),
        };
    }

    private JsonNode Number(double value)
        => Whole && value == Math.Truncate(value) && Math.Abs(value) < 1e15 ? (long)value : PythonJson.Float(value);
}

/// <summary>Reads values out of an adapter configuration, which comes from outside: each is checked, and errors name its key.</summary>
/// <param name="file">The configuration.</param>
/// <param name="defaults">The values of keys that an older PEFT did not write.</param>
/// <param name="description">What the configuration is, for messages.</param>
/// <param name="family">The family of the encoder that the adapter is for.</param>
/// <param name="warnings">Takes what the reader should know; null: nobody asks.</param>
internal sealed class PeftKeys(
    JsonObject file, JsonObject defaults, string description, EncoderFamily family, ICollection<string>? warnings = null)
{
    // Far above every published rank or block; keeps a hostile file from asking for absurd tensors.
    private const int LargestSize = 65_536;

    // More than there are modules; each entry may be a regular expression that every module is compared with.
    private const int LargestTable = 4096;

    /// <summary>What the configuration is, for messages.</summary>
    public string Description { get; } = description;

    /// <summary>The family of the encoder that the adapter is for.</summary>
    public EncoderFamily Family { get; } = family;

    /// <summary>Notes a setting that has no effect here.</summary>
    public void Warn(string key, string what) => warnings?.Add($"{Description}: '{key}' {what}");

    /// <summary>The value; null where it is absent or null.</summary>
    public JsonNode? this[string key] => file.ContainsKey(key) ? file[key] : defaults[key];

    /// <summary>Whether the configuration itself has the key.</summary>
    public bool Has(string key) => file.ContainsKey(key);

    public bool Boolean(string key) => this[key]?.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, "true or false"),
    };

    /// <summary>A rank, a block size or another number of things.</summary>
    public int Size(string key, int smallest = 1)
        => this[key] is JsonValue value && IsInteger(value, out long number) && number >= smallest && number <= LargestSize
            ? (int)number
            : throw Wrong(key, $"a whole number from {smallest} to {LargestSize}");

    /// <summary>A number of steps or other things, which may be none; null where it is null.</summary>
    public int? Count(string key) => this[key] is not { } node ? null
        : node is JsonValue value && IsInteger(value, out long number) && number is >= 0 and <= int.MaxValue ? (int)number
        : throw Wrong(key, $"a whole number from 0 to {int.MaxValue}");

    public long Integer(string key)
        => this[key] is JsonValue value && IsInteger(value, out long number) ? number : throw Wrong(key, "a whole number");

    public double Number(string key) => IsNumber(this[key], out double number) ? number : throw Wrong(key, "a number");

    public string? Text(string key) => this[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw Wrong(key, "a text or null"),
    };

    /// <summary>The value that a table gives for the text.</summary>
    public string Choice(string key, IReadOnlyDictionary<string, string> choices)
        => Text(key) is { } text && choices.TryGetValue(text, out string? choice)
            ? choice
            : throw Wrong(key, $"one of {Join(choices.Keys)}");

    /// <summary>A list of texts; null where it is absent or null.</summary>
    public string[]? Texts(string key)
    {
        if (this[key] is not { } node)
            return null;
        if (node is not JsonArray { Count: <= LargestTable } list || list.Any(i => i?.GetValueKind() != JsonValueKind.String))
            throw Wrong(key, $"a list of at most {LargestTable} texts or null");
        return [.. list.Select(i => i!.GetValue<string>())];
    }

    /// <summary>A whole number or a list of them; null where it is absent or null.</summary>
    public int[]? Integers(string key)
    {
        if (this[key] is not { } node)
            return null;
        JsonNode?[] items = node is JsonArray list ? [.. list] : [node];
        return [.. items.Select(i => i is JsonValue value && IsInteger(value, out long n) && n is >= 0 and <= int.MaxValue
            ? (int)n
            : throw Wrong(key, "a whole number, a list of them, or null"))];
    }

    /// <summary>A table from module patterns to ranks.</summary>
    public JsonObject RankTable(string key) => Table(key, $"a table of ranks from 1 to {LargestSize}", node
        => node is JsonValue value && IsInteger(value, out long rank) && rank is >= 1 and <= LargestSize);

    /// <summary>A table from module patterns to numbers.</summary>
    public JsonObject NumberTable(string key) => Table(key, "a table of numbers", node => IsNumber(node, out _));

    /// <summary>True for null, false, 0 and what is empty.</summary>
    public bool IsOff(string key) => this[key] switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject table => table.Count == 0,
        { } value => value.GetValueKind() == JsonValueKind.False || (IsNumber(value, out double number) && number == 0)
            || (value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0),
    };

    /// <summary>The error for a value that cannot be.</summary>
    public InvalidDataException Wrong(string key, string expected)
        => new($"{Description}: '{key}' is {Shown(key)}; expected is {expected}.");

    /// <summary>The error for a value that PEFT knows and this library does not.</summary>
    public NotSupportedException Unsupported(string key, string supported)
        => new($"{Description}: '{key}' is {Shown(key)}, which is not supported here; supported is {supported}.");

    /// <summary>Texts in quotes, for messages.</summary>
    public static string Join(IEnumerable<string> texts) => string.Join(", ", texts.Select(t => $"'{t}'"));

    private string Shown(string key)
    {
        string text = this[key]?.ToJsonString() ?? (Has(key) ? "null" : "missing");
        return text.Length <= 100 ? text : text[..100] + "...";
    }

    private JsonObject Table(string key, string expected, Predicate<JsonNode?> isValue)
    {
        if (this[key] is not { } node)
            return [];
        if (node is not JsonObject table || table.Count > LargestTable)
            throw Wrong(key, $"{expected} with at most {LargestTable} entries");
        var values = new JsonObject();
        // Two keys may be one pattern once their groups have no names; the first that matches counts.
        foreach ((string pattern, JsonNode? value) in table)
            values.TryAdd(PeftPatterns.FromKey(pattern, key, this), isValue(value) ? value!.DeepClone() : throw Wrong(key, expected));
        return values;
    }

    private static bool IsInteger(JsonValue value, out long number)
    {
        number = 0;
        return value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out number);
    }

    public static bool IsNumber(JsonNode? node, out double number)
    {
        number = 0;
        return node is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            && value.TryGetValue(out number) && double.IsFinite(number);
    }
}
