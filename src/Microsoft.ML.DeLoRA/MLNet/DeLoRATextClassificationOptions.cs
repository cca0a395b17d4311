namespace Microsoft.ML.DeLoRA;

/// <summary>How to fine-tune a text classifier. Every property has a default that suits some thousand short texts.</summary>
/// <remarks>Immutable, apart from what the objects in it allow; it may be shared between estimators.</remarks>
public sealed record DeLoRATextClassificationOptions : DeLoRATextOptions
{
    /// <summary>The added column with the predicted class: a key with the label column's key values.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    internal override IEnumerable<(string Option, string Column)> AddedColumns
        => base.AddedColumns.Append((nameof(PredictedLabelColumnName), PredictedLabelColumnName));

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireName(PredictedLabelColumnName, nameof(PredictedLabelColumnName));
        Require(PredictedLabelColumnName != ScoreColumnName, nameof(ScoreColumnName), ScoreColumnName, $"another name than {nameof(PredictedLabelColumnName)}");
    }
}
