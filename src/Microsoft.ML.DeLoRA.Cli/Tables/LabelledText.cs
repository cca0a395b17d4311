namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>A row as the tool's pipelines see it.</summary>
internal sealed class LabelledText
{
    public string Text { get; set; } = "";

    public string Text2 { get; set; } = "";

    /// <summary>The class; empty in regression, and when there is no label column.</summary>
    public string Label { get; set; } = "";

    /// <summary>The label of regression; NaN when there is none.</summary>
    public float Number { get; set; } = float.NaN;
}
