using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Checkpoints;

namespace Microsoft.ML.DeLoRA.Glue;

/// <summary>The JSON files of results: names in snake case, NaN as a text, complete or not there.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions _indented = Options(indented: true);
    private static readonly JsonSerializerOptions _compact = Options(indented: false);

    /// <summary>Writes a file; its folder is made when it is not there.</summary>
    public static void Write<T>(string path, T result, bool compact = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, Writer(result, compact));
    }

    /// <summary>What writes such a file.</summary>
    public static Action<Stream> Writer<T>(T result, bool compact = false) => stream =>
    {
        JsonSerializer.Serialize(stream, result, compact ? _compact : _indented);
        stream.WriteByte((byte)'\n');
    };

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static T Read<T>(string path, string what)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(ModelFiles.ReadSmall(path), _indented) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{path} is not the result of {what} ({e.Message}); move it away to have the run made again.", e);
        }
    }

    /// <summary>Throws unless a file's settings are the wanted ones.</summary>
    /// <exception cref="InvalidOperationException">They are not; the message names the first that differs.</exception>
    public static void CheckSettings(string path, JsonObject found, JsonObject wanted)
    {
        if (Difference(found, wanted) is { } difference)
            throw new InvalidOperationException($"{path} is the result of other settings: {difference}. "
                + "Choose another output folder, or remove the file to have the run made again.");
    }

    /// <summary>The first setting that is not as wanted, with both values; null when there is none.</summary>
    public static string? Difference(JsonObject found, JsonObject wanted)
    {
        foreach ((string name, JsonNode? value) in wanted)
        {
            if (!JsonNode.DeepEquals(found[name], value))
                return $"{name} is {found[name]?.ToJsonString() ?? "null"} there and {value?.ToJsonString() ?? "null"} now";
        }
        return null;
    }

    private static JsonSerializerOptions Options(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        WriteIndented = indented,
    };
}
