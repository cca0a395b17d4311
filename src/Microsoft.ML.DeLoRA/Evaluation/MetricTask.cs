namespace Microsoft.ML.DeLoRA;

/// <summary>What a model says about each row, by which metrics differ.</summary>
public enum MetricTask
{
    /// <summary>One class of several.</summary>
    Classes,

    /// <summary>A number: regression.</summary>
    Numbers,

    /// <summary>Yes or no to each of some labels: multi-label.</summary>
    Labels,
}
