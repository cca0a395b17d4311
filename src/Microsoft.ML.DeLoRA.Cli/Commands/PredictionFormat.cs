using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Cli.Output;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>A row as the model scored it.</summary>
internal sealed class ScoredText
{
    public float[] Score { get; set; } = [];

    /// <summary>Multi-label: which labels the model predicts; else empty.</summary>
    public bool[] PredictedLabels { get; set; } = [];
}

/// <summary>How <c>delora predict</c> writes what a model says of a text: fields between tabs, or a JSON object.</summary>
internal sealed record PredictionFormat
{
    /// <summary>What the model says of a text.</summary>
    public required TextModelDescription Model { get; init; }

    /// <summary>JSON instead of fields.</summary>
    public bool Json { get; init; }

    /// <summary>Whether the score of every class or label is written.</summary>
    public bool AllScores { get; init; }

    /// <summary>How many of the highest scores are written; null: that of what is predicted.</summary>
    public int? Top { get; init; }

    /// <summary>What stands between label=score where there are several.</summary>
    public string LabelSeparator { get; init; } = ",";

    /// <summary>The line of one row, without its end.</summary>
    public string Line(LabelledText row, ScoredText scored)
    {
        if (Json)
            return AsJson(row, scored).ToJsonString(JsonText.Options);
        string[] texts = Model.TakesPairs ? [row.Text, row.Text2] : [row.Text];
        return string.Join('\t', Fields(scored).Concat(texts.Select(OneLine.Escape)));
    }

    private string[] Fields(ScoredText scored)
    {
        float[] scores = scored.Score;
        if (Model.Kind == TextModelKind.Regression)
            return [Number(scores[0])];
        if (Model.Kind == TextModelKind.Classification && !AllScores && Top is null)
        {
            int best = Best(scores);
            return [OneLine.Escape(Name(best)), Number(scores[best])];
        }
        return [string.Join(LabelSeparator, Shown(scored).Select(label => $"{OneLine.Escape(Name(label))}={Number(scores[label])}"))];
    }

    private JsonObject AsJson(LabelledText row, ScoredText scored)
    {
        var json = new JsonObject { ["text"] = row.Text };
        if (Model.TakesPairs)
            json["text2"] = row.Text2;
        float[] scores = scored.Score;
        switch (Model.Kind)
        {
            case TextModelKind.Regression:
                json["value"] = scores[0];
                return json;
            case TextModelKind.MultiLabelClassification:
                json["labels"] = new JsonArray([.. Predicted(scored).Select(label => JsonValue.Create(Name(label)))]);
                break;
            default:
                int best = Best(scores);
                json["label"] = Name(best);
                json["probability"] = scores[best];
                break;
        }
        if (AllScores || Top is not null || Model.Kind == TextModelKind.MultiLabelClassification)
            json["scores"] = new JsonObject(Shown(scored).Select(label => KeyValuePair.Create(Name(label), (JsonNode?)scores[label])));
        return json;
    }

    // All in the model's order, the highest in their own; else what is predicted.
    private IEnumerable<int> Shown(ScoredText scored)
    {
        IEnumerable<int> all = Enumerable.Range(0, scored.Score.Length);
        return AllScores ? all
            : Top is { } count ? all.OrderByDescending(label => scored.Score[label]).Take(count)
            : Predicted(scored);
    }

    private static IEnumerable<int> Predicted(ScoredText scored)
        => Enumerable.Range(0, scored.PredictedLabels.Length).Where(label => scored.PredictedLabels[label]);

    private static int Best(float[] scores) => Array.IndexOf(scores, scores.Max());

    private string Name(int label)
        => Model.Labels.Count > 0 ? Model.Labels[label] : label.ToString(CultureInfo.InvariantCulture);

    private static string Number(float value) => value.ToString("F4", CultureInfo.InvariantCulture);
}
