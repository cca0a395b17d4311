using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeLoRA.IO;

/// <summary>How JSON from outside is read.</summary>
internal static class OutsideJson
{
    /// <summary>A key that stands twice, which means one thing here and another to the next reader, is refused.</summary>
    public static JsonDocumentOptions Options { get; } = new() { MaxDepth = 32, AllowDuplicateProperties = false };
}

/// <summary>
/// How our own files are written as JSON and read again: names in snake_case; null where nothing may be missing, and a
/// key that stands twice, are refused. What differs in a file is set on a copy.
/// </summary>
internal static class SnakeCaseJson
{
    /// <summary>For what newer and older versions read alike: a key that is not known is passed over.</summary>
    public static JsonSerializerOptions Open { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>For parts of a saved model: a key that is not known is refused. Enumerations by name; indented.</summary>
    public static JsonSerializerOptions Strict { get; } = new(Open)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        WriteIndented = true,
    };
}
