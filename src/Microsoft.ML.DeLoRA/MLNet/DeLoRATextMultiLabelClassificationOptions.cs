
namespace Microsoft.ML.DeLoRA;

/// <summary>
/// How to fine-tune a model that says of each text, or pair of texts, which of some labels apply: none, one or several. The loss is the
/// cross-entropy of one sigmoid for each label, Hugging Face's problem_type "multi_label_classification".
/// </summary>
/// <remarks>Immutable, apart from what the objects in it allow; it may be shared between estimators.</remarks>
public sealed record DeLoRATextMultiLabelClassificationOptions : DeLoRATextOptions
{
    /// <summary>The defaults; the label column is <c>Labels</c>.</summary>
    public DeLoRATextMultiLabelClassificationOptions() => LabelColumnName = "Labels";

    /// <summary>
    /// The labels' names, each another, in the order of the label column's slots. Null (default): the column's SlotNames, or "0", "1",
    /// ... when it has none.
    /// </summary>
    public IReadOnlyList<string>? LabelNames { get; init; }

    /// <summary>The added column that says which labels apply: a vector of Boolean, in the order of the label column's slots.</summary>
    public string PredictedLabelsColumnName { get; init; } = "PredictedLabels";

    /// <summary>A label is predicted where its probability is above this; at least 0 and below 1, default 0.5.</summary>
    public float Threshold { get; init; } = 0.5f;

    internal override IEnumerable<(string Option, string Column)> AddedColumns
        => base.AddedColumns.Append((nameof(PredictedLabelsColumnName), PredictedLabelsColumnName));

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireName(PredictedLabelsColumnName, nameof(PredictedLabelsColumnName));
        Require(PredictedLabelsColumnName != ScoreColumnName, nameof(ScoreColumnName), ScoreColumnName,
            $"another name than {nameof(PredictedLabelsColumnName)}");
        Require(Threshold is >= 0 and < 1, nameof(Threshold), Threshold, "at least 0 and below 1");
        if (LabelNames is not null && Models.LabelNames.FaultOf(LabelNames) is { } fault)
            throw new ArgumentException($"{nameof(LabelNames)}: {fault}. Give each label a name of its own.", nameof(LabelNames));
    }
}
