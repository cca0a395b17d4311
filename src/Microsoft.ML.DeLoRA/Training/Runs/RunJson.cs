using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>The JSON inside of checkpoints: numbers come back bit by bit, NaN and infinities too.</summary>
internal static class RunJson
{
    private static readonly JsonSerializerOptions _options = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
    };

    public static JsonNode Write<T>(T value)
        where T : class
        => JsonSerializer.SerializeToNode(value, _options)!;

    /// <param name="node">What <see cref="Write"/> gave.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static T Read<T>(JsonNode? node, string what)
        where T : class
        => Parse<T>(node?.ToJsonString() ?? "null", what);

    /// <exception cref="InvalidDataException">It is not the text of what <see cref="Write"/> gives.</exception>
    public static T Parse<T>(string json, string what)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, _options) ?? throw new InvalidDataException($"The run's {what} is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The run's {what} is not valid: {e.Message}", e);
        }
    }
}
