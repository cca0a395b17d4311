using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The annotations that every score column has: the kind of task, the kind of value, and a number that no other scorer took.</summary>
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
        Shape(AnnotationNames.ScoreColumnKind, TextDataViewType.Instance, isKey: false),
        Shape(AnnotationNames.ScoreColumnSetId, NumberDataViewType.UInt32, isKey: true),
        Shape(AnnotationNames.ScoreValueKind, TextDataViewType.Instance, isKey: false),
    ];

    private static SchemaShape.Column Shape(string name, DataViewType type, bool isKey)
        => SchemaShapes.Column(name, SchemaShape.Column.VectorKind.Scalar, type, isKey);

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
