using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Families;

/// <summary>The values of a config.json, which comes from outside: each is checked, and errors name its key.</summary>
/// <param name="root">The file's object.</param>
internal sealed class ConfigurationKeys(JsonElement root)
{
    // Far above every published encoder; keeps a hostile file from asking for absurd tables.
    private const int MaxSize = 1 << 20;

    /// <summary>Whether there is a value other than null.</summary>
    public bool Has(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>How many outputs the file names (id2label or num_labels); 2 when it names none.</summary>
    public int LabelCount()
    {
        if (root.TryGetProperty("id2label", out JsonElement labels) && labels.ValueKind == JsonValueKind.Object)
            return Math.Max(1, labels.EnumerateObject().Count());
        return Integer("num_labels", fallback: 2);
    }

    /// <summary>Throws unless a text is the only supported one, or missing.</summary>
    public void RequireText(string name, string expected)
    {
        if (Has(name) && Text(name) is var found && found != expected)
            throw Unsupported(name, $"'{expected}' is");
    }

    /// <summary>A text; null where it is missing or something else.</summary>
    public string? Text(string name)
        => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The error for a text that is not supported.</summary>
    /// <param name="name">The key.</param>
    /// <param name="supported">What is, with its verb: <c>'gelu' is</c>.</param>
    public InvalidDataException Unsupported(string name, string supported)
        => new($"config.json: {name} is {(Text(name) is { } found ? $"'{found.Short()}'" : "missing")}; only {supported} supported.");

    /// <summary>A whole number.</summary>
    public int Integer(string name, int? fallback = null, int min = 1, int max = MaxSize)
    {
        if (!Has(name))
            return fallback ?? throw new InvalidDataException($"config.json: {name} is missing.");
        JsonElement value = root.GetProperty(name);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number) || number < min || number > max)
            throw new InvalidDataException(
                $"config.json: {name} is {value.GetRawText().Short()}; a whole number from {min} to {max} is expected.");
        return number;
    }

    /// <summary>A number from 0 to below 1.</summary>
    public double Number(string name, double fallback)
    {
        if (!Has(name))
            return fallback;
        JsonElement value = root.GetProperty(name);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || number is not (>= 0 and < 1))
            throw new InvalidDataException($"config.json: {name} is {value.GetRawText().Short()}; a number from 0 to below 1 is expected.");
        return number;
    }
}
