using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>An option of an adapter method as it is given on the command line: <c>name=value</c>.</summary>
internal static class AdapterSetting
{
    private static readonly string[] _lists = ["target_modules", "exclude_modules", "modules_to_save", "layers"];

    /// <summary>
    /// Name and value. What is no JSON is a text: rank=4, rank_pattern={"query":2}, but initialization=zero_b; lists may do
    /// without brackets.
    /// </summary>
    /// <exception cref="UsageException">It has another form.</exception>
    public static KeyValuePair<string, JsonNode?> Parse(string setting)
    {
        if (setting.IndexOf('=', StringComparison.Ordinal) is not (> 0 and int at))
            throw new UsageException($"--set '{setting}' is not of the form name=value.");
        (string name, string text) = (setting[..at], setting[(at + 1)..]);
        JsonNode? value = Value(text);
        bool isBareList = _lists.Contains(name) && value is not (JsonArray or null);
        return new(name, isBareList ? new JsonArray([.. text.Split(',').Select(Value)]) : value);
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
