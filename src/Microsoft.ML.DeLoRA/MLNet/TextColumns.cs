using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The columns of a transformer; <c>columns.json</c> of a saved one.</summary>
internal sealed record TextColumns
{
    public required string Text { get; init; }

    public string? SecondText { get; init; }

    /// <summary>Null in regression.</summary>
    public string? PredictedLabel { get; init; }

    /// <summary>In multi-label what a probability must be above for the label to be predicted; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public float? Threshold { get; init; }

    public required string Score { get; init; }

    /// <summary>
    /// The name of the label values' type; null when the label column had no values, or in multi-label, where the model has the
    /// names.
    /// </summary>
    public string? LabelType { get; init; }

    public IReadOnlyList<string>? LabelValues { get; init; }

    public static TextColumns Of(DeLoRATextOptions options, LabelValues? labels) => new()
    {
        Text = options.TextColumnName,
        SecondText = options.SecondTextColumnName,
        Score = options.ScoreColumnName,
        LabelType = labels?.Kind.Name,
        LabelValues = labels?.Texts,
    };

    /// <summary>The added columns.</summary>
    /// <exception cref="InvalidDataException">Names or label values do not fit the model; only a damaged file has such.</exception>
    public IScoreColumns Added(TextModelDescription model)
    {
        string?[] names = [Text, SecondText ?? "none", Score];
        Require(!names.Any(string.IsNullOrEmpty), "a column has no name");
        bool isMultiLabel = model.Kind == TextModelKind.MultiLabelClassification;
        Require(isMultiLabel || Threshold is null, "it has a threshold, but no labels that it is for");
        return model.Kind switch
        {
            TextModelKind.Regression => Number(),
            TextModelKind.MultiLabelClassification => Labels(model),
            _ => Classes(model.OutputCount),
        };
    }

    private MultiLabelColumns Labels(TextModelDescription model)
    {
        Require(!string.IsNullOrEmpty(PredictedLabel) && PredictedLabel != Score,
            "the predicted labels have no name, or that of the score");
        Require(LabelType is null && LabelValues is null, "a multi-label model has label values");
        float threshold = Threshold ?? float.NaN;
        Require(threshold is >= 0 and < 1, FormattableString.Invariant($"its threshold is {threshold}, and not from 0 to below 1"));
        Require(model.Labels.Count == model.OutputCount, $"it has {model.OutputCount} labels and {model.Labels.Count} names of labels");
        return new MultiLabelColumns(PredictedLabel, Score, MLNet.LabelValues.OfTexts(model.Labels), threshold);
    }

    private RegressionColumns Number()
    {
        Require(PredictedLabel is null && LabelType is null && LabelValues is null, "a regression has a predicted label or label values");
        return new RegressionColumns(Score);
    }

    private ClassificationColumns Classes(int classCount)
    {
        Require(!string.IsNullOrEmpty(PredictedLabel), "the predicted label has no name");
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

    public void WriteTo(Stream stream) => JsonSerializer.Serialize(stream, this, SnakeCaseJson.Strict);

    /// <exception cref="JsonException">Not the JSON that is expected.</exception>
    public static TextColumns Read(ReadOnlySpan<byte> json)
        => JsonSerializer.Deserialize<TextColumns>(json, SnakeCaseJson.Strict) ?? throw new JsonException("It holds null.");

    private static void Require([DoesNotReturnIf(false)] bool condition, string fault)
    {
        if (!condition)
            throw new InvalidDataException($"The model file is damaged: {fault}.");
    }
}
