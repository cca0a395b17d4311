namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>A row with any number of labels.</summary>
internal sealed class MultiLabelText
{
    public string Text { get; set; } = "";

    public string Text2 { get; set; } = "";

    /// <summary>For each label whether the row has it.</summary>
    public bool[] Labels { get; set; } = [];
}
