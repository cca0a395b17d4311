using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.DeLoRA.Families;

/// <summary>
/// What a config.json says of a classification head: id2label (or label2id) and problem_type. It comes from outside and is not trusted.
/// </summary>
/// <param name="Labels">The names of the outputs, in their order; empty where the file has none.</param>
/// <param name="ProblemType">
/// Hugging Face's name of the task, such as <c>multi_label_classification</c>; null where the file has none.
/// </param>
internal sealed record HeadConfiguration(IReadOnlyList<string> Labels, string? ProblemType)
{
    private const int MostLabels = 65_536;

    /// <summary>Whether somebody gave the outputs names, which are not Hugging Face's LABEL_0, LABEL_1, ...</summary>
    public bool HasNames => Labels.Count > 0 && !Labels.SequenceEqual(GenericNames(Labels.Count));

    /// <summary>What Hugging Face calls outputs that nobody named.</summary>
    public static string[] GenericNames(int count) => [.. Enumerable.Range(0, count).Select(i => $"LABEL_{i}")];

    /// <summary>Reads a config.json.</summary>
    /// <exception cref="InvalidDataException">No JSON, or a value of the wrong kind; the message names it.</exception>
    public static HeadConfiguration FromJson(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            string[] labels = Find(root, "id2label", JsonValueKind.Object) is { } names ? ById(names)
                : Find(root, "label2id", JsonValueKind.Object) is { } ids ? ByName(ids) : [];
            return new HeadConfiguration(labels, Find(root, "problem_type", JsonValueKind.String)?.GetString());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"config.json is not valid JSON: {e.Message}", e);
        }
    }

    private static JsonElement? Find(JsonElement root, string name, JsonValueKind kind)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == kind
            ? value
            : throw new InvalidDataException($"config.json: {name} is {value.ValueKind}; {kind} is expected.");
    }

    private static string[] ById(JsonElement table)
        => Order("id2label", table.EnumerateObject().Select(p => (Number(p.Name), Name(p.Value))));

    private static string[] ByName(JsonElement table)
        => Order("label2id", table.EnumerateObject().Select(p => (Number(p.Value.GetRawText()), (string?)p.Name)));

    private static int? Number(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    // Some files name their classes by numbers.
    private static string? Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static string[] Order(string key, IEnumerable<(int? Id, string? Name)> pairs)
    {
        (int? Id, string? Name)[] all = [.. pairs.Take(MostLabels + 1)];
        var names = new string[Math.Min(all.Length, MostLabels)];
        foreach ((int? id, string? name) in all)
        {
            if (id is not { } place || place >= names.Length || name is null || names[place] is not null)
                throw new InvalidDataException(
                    $"config.json: {key} must give each number from 0 to {names.Length - 1} one name, in any order, {MostLabels} at most; "
                    + $"it gives {id?.ToString(CultureInfo.InvariantCulture) ?? "another key"} the name '{name}'.");
            names[place] = name;
        }
        return names;
    }
}
