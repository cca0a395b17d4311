using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Names, types and values of annotations as ML.NET's own scorers write them; the constants there are internal.</summary>
internal static class AnnotationNames
{
    public const string KeyValues = "KeyValues";
    public const string SlotNames = "SlotNames";
    public const string TrainingLabelValues = "TrainingLabelValues";
    public const string ScoreColumnKind = "ScoreColumnKind";
    public const string ScoreValueKind = "ScoreValueKind";
    public const string ScoreColumnSetId = "ScoreColumnSetId";

    public const string MulticlassClassification = "MulticlassClassification";
    public const string Regression = "Regression";
    public const string MultiLabelClassification = "MultiLabelClassification";
    public const string Score = "Score";

    /// <summary>The type of <see cref="ScoreColumnSetId"/>.</summary>
    public static KeyDataViewType SetIdType { get; } = new(typeof(uint), int.MaxValue);
}
