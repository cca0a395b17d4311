using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// <c>labels.json</c>, a file of our own beside an adapter in PEFT's format, which PEFT passes over: what PEFT's files do not say of a model.
/// </summary>
internal sealed record PeftLabels
{
    public const string FileName = "labels.json";

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What the outputs mean, by Hugging Face's name.</summary>
    public required string ProblemType { get; init; }

    /// <summary>The names of the outputs, in their order; empty where they have none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public bool TakesPairs { get; init; }

    /// <summary>The most tokens of a text or pair; null: what the base model can take.</summary>
    public int? MaxLength { get; init; }

    /// <summary>See <see cref="Models.BaseFingerprint"/>: the weights of the base model; null: not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BaseFingerprint { get; init; }

    [JsonIgnore]
    public TextModelKind Kind => ProblemTypes.Parse(ProblemType, FileName)!.Value;

    public static PeftLabels Of(TextModelDescription description) => new()
    {
        ProblemType = ProblemTypes.Of(description.Kind),
        Labels = description.Labels,
        TakesPairs = description.TakesPairs,
        MaxLength = description.MaxLength,
    };

    /// <summary>Reads the file of a directory; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static PeftLabels? Find(string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            PeftLabels labels = JsonSerializer.Deserialize<PeftLabels>(ModelFiles.ReadSmall(path), _json)
                ?? throw new JsonException("it holds null.");
            _ = labels.Kind;
            return labels.Labels.All(l => l is not null) ? labels : throw new JsonException("a label is null.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}", e);
        }
    }

    public void Write(string directory)
        => AtomicFile.Write(Path.Combine(directory, FileName), stream => JsonSerializer.Serialize(stream, this, _json));
}
