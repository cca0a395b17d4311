using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.DeLoRA.Adapters.Peft;

/// <summary>
/// JSON as Python's <c>json.dumps(value, indent=2, sort_keys=True)</c> writes it. Only the outermost keys are sorted here.
/// </summary>
internal static class PythonJson
{
    /// <summary>A number that Python has as a float: 4 is written 4.0, and 0.00006 is written 6e-05.</summary>
    public static JsonNode Float(double value) => JsonNode.Parse(Text(value))!;

    /// <summary>The whole text, without a line end behind it.</summary>
    public static string Write(JsonObject root)
    {
        var sorted = new JsonObject(
            root.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        var text = new StringBuilder();
        Write(text, sorted, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node, int depth)
    {
        switch (node)
        {
            case JsonObject values:
                WriteItems(text, '{', '}', values, depth, p =>
                {
                    WriteString(text, p.Key);
                    text.Append(": ");
                    Write(text, p.Value, depth + 1);
                });
                break;
            case JsonArray values:
                WriteItems(text, '[', ']', values, depth, v => Write(text, v, depth + 1));
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                WriteString(text, value.GetValue<string>());
                break;
            default:
                // A number as it was read: 4.0 stays 4.0.
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    private static void WriteItems<T>(StringBuilder text, char open, char close, ICollection<T> items, int depth, Action<T> write)
    {
        text.Append(open);
        string separator = "\n";
        foreach (T item in items)
        {
            text.Append(separator).Append(' ', 2 * (depth + 1));
            write(item);
            separator = ",\n";
        }
        if (items.Count > 0)
            text.Append('\n').Append(' ', 2 * depth);
        text.Append(close);
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                >= ' ' and <= '~' => c.ToString(),
                _ => $"\\u{(int)c:x4}",
            });
        }
        text.Append('"');
    }

    // The shortest digits that give the number back, as Python's repr.
    private static string Text(double value)
    {
        if (!double.IsFinite(value))
            throw new ArgumentException($"{value} cannot be written as JSON.", nameof(value));
        string text = value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return text.AsSpan().IndexOfAny('.', 'e') < 0 ? text + ".0" : text;
    }
}
