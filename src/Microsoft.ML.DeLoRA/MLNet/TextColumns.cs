using System.Diagnostics.CodeAnalysis;
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
    /// <exception cref="InvalidDataException">Names or label values do not fit; only a damaged file has such.</exception>
    public ClassificationColumns Added(int classCount)
    {
        string?[] names = [Text, SecondText ?? "none", PredictedLabel, Score];
        Require(!names.Any(string.IsNullOrEmpty), "a column has no name");
        if (LabelType is null)
            return new ClassificationColumns(PredictedLabel, Score, classCount, null);
        LabelValueKind? kind = LabelValueKind.Find(LabelType);
        Require(kind is not null, $"label values of type '{LabelType}' are unknown");
        IReadOnlyList<string> texts = LabelValues ?? [];
        Require(texts.Count == classCount && texts.All(t => t is not null), $"it has {classCount} classes and {texts.Count} label values");
        var labels = new LabelValues(kind, texts);
        Require(labels.AreValid, $"not every label value is of type '{LabelType}'");
        return new ClassificationColumns(PredictedLabel, Score, classCount, labels);
    }

    public void WriteTo(Stream stream) => JsonSerializer.Serialize(stream, this, _json);

    /// <exception cref="JsonException">Not the JSON that is expected.</exception>
    public static TextColumns Read(ReadOnlySpan<byte> json)
        => JsonSerializer.Deserialize<TextColumns>(json, _json) ?? throw new JsonException("It holds null.");

    private static void Require([DoesNotReturnIf(false)] bool condition, string fault)
    {
        if (!condition)
            throw new InvalidDataException($"The model file is damaged: {fault}.");
    }
}
