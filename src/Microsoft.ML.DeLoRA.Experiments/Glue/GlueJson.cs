using System.Text.Json;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>Hugging Face's layout, as <c>Dataset.to_json</c> writes it: one JSON object a line.</summary>
internal static class GlueJson
{
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    public static GlueData Read(GlueTask task, string path)
    {
        var rows = new List<GlueRow>();
        foreach ((int number, string text) in TextLines.Read(path))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
                rows.Add(Row(task, document.RootElement));
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{path}, line {number}: not a JSON object; every line must be one ({e.Message})", e);
            }
            catch (FormatException e)
            {
                throw new InvalidDataException($"{path}, line {number}: {e.Message}.", e);
            }
            catch (InvalidOperationException e)
            {
                throw new InvalidDataException(
                    $"{path}, line {number}: a text with half of a surrogate pair, which is no valid Unicode.", e);
            }
        }
        return new GlueData(task, rows, []);
    }

    private static GlueRow Row(GlueTask task, JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Object)
            throw new FormatException($"a JSON {row.ValueKind} instead of an object");
        GlueColumns columns = task.JsonColumns;
        JsonElement label = Field(row, columns.Label);
        if (label.ValueKind is not (JsonValueKind.Number or JsonValueKind.String))
            throw new FormatException($"the field '{columns.Label}' is a JSON {label.ValueKind} instead of a number or a name");
        string? second = columns.Second is null ? null : Text(row, columns.Second);
        return new GlueRow(Text(row, columns.First), second, task.ParseLabel(label.ToString()));
    }

    private static string Text(JsonElement row, string name)
    {
        JsonElement field = Field(row, name);
        return field.ValueKind == JsonValueKind.String
            ? field.GetString()!
            : throw new FormatException($"the field '{name}' is a JSON {field.ValueKind} instead of a text");
    }

    private static JsonElement Field(JsonElement row, string name)
        => row.TryGetProperty(name, out JsonElement field)
            ? field
            : throw new FormatException(
                $"there is no field '{name}'; there are: {string.Join(", ", row.EnumerateObject().Take(20).Select(p => p.Name))}");
}
