using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

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
            _choices = pairs.Length > 0 ? pairs.ToFrozenDictionary(p => p.Split('=')[0], p => p.Split('=')[1]) : values.ToFrozenDictionary(v => v),
        };
    }

    /// <summary>The option's value; null where only the key's absence is allowed to say so: the method's own default.</summary>
    /// <exception cref="InvalidDataException">The value is of the wrong kind or out of range; the message names the key.</exception>
    public JsonNode? Read(PeftKeys keys) => Type switch
    {
        var type when type == typeof(int) => keys.Size(Key),
        var type when type == typeof(long) => keys.Integer(Key),
        var type when type == typeof(double) => keys.Number(Key),
        var type when type == typeof(bool) => keys.Boolean(Key),
        var type when type == typeof(IReadOnlyDictionary<string, int>) => keys.RankTable(Key),
        var type when type == typeof(IReadOnlyDictionary<string, double>) => keys.NumberTable(Key),
        var type when type == typeof(IReadOnlyList<string>) => PeftPatterns.Read(keys, Key) is { } patterns ? PeftTargets.Array(patterns) : null,
        { IsEnum: true } => keys.Choice(Key, _choices),
        _ => throw new NotSupportedException($"An option of type {Type} has no form in PEFT."),
    };

    /// <summary>PEFT's value of the option; null where PEFT has no form for patterns.</summary>
    public JsonNode? Write(JsonObject options, PeftTargets targets)
    {
        JsonNode value = options[Option!]!;
        // The value of layers that a table does not name.
        double Fallback() => options[Option![..^"_pattern".Length]]!.GetValue<double>();
        return Type switch
        {
            var type when type == typeof(double) => Number(value.GetValue<double>()),
            var type when type == typeof(IReadOnlyDictionary<string, int>) => targets.Table(value.AsObject(), Fallback(), n => (int)n),
            var type when type == typeof(IReadOnlyDictionary<string, double>) => targets.Table(value.AsObject(), Fallback(), Number),
            var type when type == typeof(IReadOnlyList<string>) => PeftPatterns.Write([.. value.AsArray().Select(p => p!.GetValue<string>())]),
            { IsEnum: true } => _choices.Single(c => c.Value == value.GetValue<string>()).Key,
            _ => value.DeepClone(),
        };
    }

    private JsonNode Number(double value)
        => Whole && value == Math.Truncate(value) && Math.Abs(value) < 1e15 ? (long)value : PythonJson.Float(value);
}
