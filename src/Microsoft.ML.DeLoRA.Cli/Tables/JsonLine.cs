using System.Text.Json;
using Microsoft.ML.DeLoRA.Cli.Output;

namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>A row as a JSON object on a line of its own.</summary>
internal static class JsonLine
{
    private static readonly JsonDocumentOptions _options = new() { AllowDuplicateProperties = false };

    /// <summary>The values of some columns: texts as they are, numbers and Booleans as they are written, null as an empty text.</summary>
    /// <param name="line">The line.</param>
    /// <param name="place">Where it is, for messages: file and line.</param>
    /// <param name="columns">The names of the columns.</param>
    /// <exception cref="UsageException">It is no JSON object, or lacks a column, or has a list or an object there.</exception>
    public static string[] Fields(string line, string place, IReadOnlyList<string> columns)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, _options);
            JsonElement row = document.RootElement;
            return row.ValueKind switch
            {
                JsonValueKind.Object => [.. columns.Select(column => Field(row, place, column))],
                JsonValueKind.Array => throw new UsageException($"{place}: a JSON list, but every line must be an object. "
                    + "A list of all rows is written line by line in Python by to_json(..., orient=\"records\", lines=True)."),
                _ => throw new UsageException($"{place}: a JSON {Name(row.ValueKind)}, but every line must be an object."),
            };
        }
        catch (JsonException e)
        {
            throw new UsageException($"{place}: not one JSON object on a line of its own: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            throw new UsageException($"{place}: an escape is half of a surrogate pair, which is no valid Unicode.");
        }
    }

    private static string Field(JsonElement row, string place, string column)
    {
        if (!row.TryGetProperty(column, out JsonElement field))
        {
            string names = OneLine.Names([.. row.EnumerateObject().Select(p => p.Name)]);
            throw new UsageException($"{place}: there is no column '{column}'; there {(names.Length == 0 ? "is none" : $"are {names}")}.");
        }
        return field.ValueKind switch
        {
            JsonValueKind.String => field.GetString()!,
            JsonValueKind.Null => "",
            JsonValueKind.Number => field.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => throw new UsageException(
                $"{place}: the column '{column}' holds {(field.ValueKind == JsonValueKind.Array ? "a list" : "an object")}, "
                + "where a text, a number or a Boolean is expected; "
                + "several labels stand in one text, with --label-separator between them."),
        };
    }

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => "text",
        JsonValueKind.Number => "number",
        JsonValueKind.Null => "null",
        _ => "Boolean",
    };
}
