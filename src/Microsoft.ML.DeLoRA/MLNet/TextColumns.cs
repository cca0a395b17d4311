using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The columns of a classifier's transformer; <c>columns.json</c> of a saved one.</summary>
internal sealed record TextColumns
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
    };

    public required string Text { get; init; }

    public string? SecondText { get; init; }

    public required string PredictedLabel { get; init; }

    public required string Score { get; init; }

    /// <summary>The name of the label values' type; null when the label column had no values.</summary>
    public string? LabelType { get; init; }

    public IReadOnlyList<string>? LabelValues { get; init; }

    public static TextColumns Of(DeLoRATextClassificationOptions options, LabelValues? labels) => new()
    {
        Text = options.TextColumnName,
        SecondText = options.SecondTextColumnName,
        PredictedLabel = options.PredictedLabelColumnName,
        Score = options.ScoreColumnName,
        LabelType = labels?.Kind.Name,
        LabelValues = labels?.Texts,
    };

    /// <summary>The added columns.</summary>
    /// <exception cref="InvalidDataException">The label values do not fit; only a damaged file has such.</exception>
    public ClassificationColumns Added(int classCount)
    {
        if (LabelType is null)
            return new ClassificationColumns(PredictedLabel, Score, classCount, null);
        LabelValueKind kind = LabelValueKind.Find(LabelType) ?? throw new InvalidDataException($"The model file is damaged: label values of type '{LabelType}' are unknown.");
        if (LabelValues?.Count != classCount || LabelValues.Any(v => v is null))
            throw new InvalidDataException($"The model file is damaged: it has {classCount} classes and {LabelValues?.Count ?? 0} label values.");
        return new ClassificationColumns(PredictedLabel, Score, classCount, new LabelValues(kind, LabelValues));
    }

    public void WriteTo(Stream stream) => JsonSerializer.Serialize(stream, this, _json);

    /// <exception cref="JsonException">Not the JSON that is expected.</exception>
    public static TextColumns Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<TextColumns>(json, _json) ?? throw new JsonException("It holds null.");
}
