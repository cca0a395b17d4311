using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>The JSON files of results: names in snake case, NaN as a text, complete or not there.</summary>
internal static class ResultFile
{
    private const string Sum = "crc32c";

    private static readonly JsonSerializerOptions _indented = Options(indented: true);
    private static readonly JsonSerializerOptions _compact = Options(indented: false);

    /// <summary>Writes a file; its folder is made when it is not there.</summary>
    public static void Write<T>(string path, T result, bool compact = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, Writer(result, compact));
    }

    /// <summary>What writes such a file: the result's members, and a checksum of them as the last one.</summary>
    public static Action<Stream> Writer<T>(T result, bool compact = false) => stream =>
    {
        JsonObject content = JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(result, _compact))!.AsObject();
        content[Sum] = Checksum(content);
        JsonSerializer.Serialize(stream, content, compact ? _compact : _indented);
        stream.WriteByte((byte)'\n');
    };

    /// <summary>Reads what <see cref="Write"/> wrote; files of earlier versions have no checksum.</summary>
    /// <exception cref="InvalidDataException">It is no such file, or was changed since it was written.</exception>
    public static T Read<T>(string path, string what)
    {
        try
        {
            JsonNode content = JsonNode.Parse(RegularFile.ReadAll(path)) ?? throw new JsonException("null");
            CheckSum(content, path);
            return content.Deserialize<T>(_indented) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
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
    public static string? Difference(JsonObject found, JsonObject wanted, string? except = null)
    {
        foreach ((string name, JsonNode? value) in wanted)
        {
            if (name != except && !JsonNode.DeepEquals(found[name], value))
                return $"{name} is {found[name]?.ToJsonString() ?? "null"} there and {value?.ToJsonString() ?? "null"} now";
        }
        return null;
    }

    private static void CheckSum(JsonNode content, string path)
    {
        JsonNode? expected;
        string found;
        try
        {
            expected = (content as JsonObject)?[Sum];
            if (expected is null)
                return;
            found = Checksum(content.AsObject());
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // A name that is there twice, or a text that is no Unicode.
            throw new JsonException(e.Message, e);
        }
        if (expected.ToString() != found)
            throw new InvalidDataException($"{path} does not fit its checksum: it was damaged or changed since it was written. "
                + $"Move it away to have the run made again; or, if you changed it yourself, take '{Sum}' out.");
    }

    // Of the members as they stand in a file, blanks and line ends aside.
    private static string Checksum(JsonObject content)
    {
        content.Remove(Sum);
        uint sum = Crc32C.Append(Crc32C.Start, Encoding.UTF8.GetBytes(content.ToJsonString()));
        return sum.ToString("x8", CultureInfo.InvariantCulture);
    }

    private static JsonSerializerOptions Options(bool indented) => new(SnakeCaseJson.Open)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        WriteIndented = indented,
    };
}
