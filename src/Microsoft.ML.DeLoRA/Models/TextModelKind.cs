namespace Microsoft.ML.DeLoRA;

/// <summary>What a text model says about a text.</summary>
public enum TextModelKind
{
    /// <summary>A probability for each class.</summary>
    Classification,

    /// <summary>One number.</summary>
    Regression,

    /// <summary>A probability for each label, any number of which may apply.</summary>
    MultiLabelClassification,
}
