using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Models;

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

/// <summary>
/// The annotations that every score column has: the kind of task, the kind of value, and a number that no other scorer took.
/// </summary>
internal static class ScoreAnnotations
{
    /// <summary>A builder that holds them.</summary>
    /// <param name="input">The table that the column is added to.</param>
    /// <param name="columnKind">The kind of task.</param>
    public static DataViewSchema.Annotations.Builder Create(DataViewSchema input, string columnKind)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue(AnnotationNames.ScoreColumnKind, TextDataViewType.Instance, columnKind.AsMemory());
        builder.AddPrimitiveValue(AnnotationNames.ScoreColumnSetId, AnnotationNames.SetIdType, NextSetId(input));
        builder.AddPrimitiveValue(AnnotationNames.ScoreValueKind, TextDataViewType.Instance, AnnotationNames.Score.AsMemory());
        return builder;
    }

    /// <summary>The same for a shape.</summary>
    public static SchemaShape.Column[] Shapes() =>
    [
        SchemaShapes.Scalar(AnnotationNames.ScoreColumnKind, TextDataViewType.Instance, isKey: false),
        SchemaShapes.Scalar(AnnotationNames.ScoreColumnSetId, NumberDataViewType.UInt32, isKey: true),
        SchemaShapes.Scalar(AnnotationNames.ScoreValueKind, TextDataViewType.Instance, isKey: false),
    ];

    // One more than any scorer before this one took.
    private static uint NextSetId(DataViewSchema input)
    {
        uint highest = 0;
        foreach (DataViewSchema.Column column in input)
        {
            DataViewType? type = column.Annotations.Schema.GetColumnOrNull(AnnotationNames.ScoreColumnSetId)?.Type;
            if (type is not KeyDataViewType || type.RawType != typeof(uint))
                continue;
            uint id = 0;
            column.Annotations.GetValue(AnnotationNames.ScoreColumnSetId, ref id);
            highest = Math.Max(highest, id);
        }
        return highest + 1;
    }
}

/// <summary>The names that a vector column gives its slots, which are those of the labels.</summary>
internal static class SlotNames
{
    /// <summary>The names of a column's slots; "0", "1", ... when it gives them none.</summary>
    /// <exception cref="ArgumentException">A name is empty, or two are equal.</exception>
    public static string[] Of(DataViewSchema.Column column)
    {
        if (!column.HasSlotNames())
            return [.. Enumerable.Range(0, ((VectorDataViewType)column.Type).Size).Select(i => $"{i}")];
        VBuffer<ReadOnlyMemory<char>> slots = default;
        column.GetSlotNames(ref slots);
        string[] names = [.. slots.DenseValues().Select(s => s.ToString())];
        const string option = nameof(DeLoRATextMultiLabelClassificationOptions.LabelNames);
        return LabelNames.FaultOf(names) is not { } fault
            ? names
            : throw new ArgumentException(
                $"The slot names of column '{column.Name}' cannot name the labels: {fault}. Set {option}.", option);
    }
}
