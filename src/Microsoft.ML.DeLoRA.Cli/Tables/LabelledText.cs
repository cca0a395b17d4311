namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>A row as the tool's pipelines see it.</summary>
internal sealed class LabelledText
{
    public string Text { get; set; } = "";

    public string Text2 { get; set; } = "";

    public string Label { get; set; } = "";
}
