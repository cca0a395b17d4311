using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// The columns that a classifier adds: the predicted label, Key&lt;uint, N&gt; with the label column's own key values, and the scores,
/// Vector&lt;float, N&gt;, probabilities that sum to 1.
/// </summary>
/// <param name="predictedLabel">Name of the predicted label.</param>
/// <param name="score">Name of the scores.</param>
/// <param name="classCount">N.</param>
/// <param name="labels">The label column's key values; null when it has none.</param>
internal sealed class ClassificationColumns(string predictedLabel, string score, int classCount, LabelValues? labels) : IScoreColumns
{
    private static readonly SchemaShape.Column.VectorKind _vector = SchemaShape.Column.VectorKind.Vector;
    private static readonly SchemaShape.Column.VectorKind _scalar = SchemaShape.Column.VectorKind.Scalar;

    public DataViewSchema AddTo(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(predictedLabel, new KeyDataViewType(typeof(uint), classCount), PredictedLabelAnnotations());
        builder.AddColumn(score, new VectorDataViewType(NumberDataViewType.Single, classCount), ScoreAnnotations(NextSetId(input)));
        return builder.ToSchema();
    }

    /// <summary>The same for a shape, when the number of classes is not known yet.</summary>
    public static SchemaShape AddTo(SchemaShape input, string predictedLabel, string score, SchemaShape.Column label)
    {
        SchemaShape.Column[] keyValues = [.. label.Annotations.Where(a => a.Name == AnnotationNames.KeyValues)];
        SchemaShape.Column[] scoreAnnotations =
        [
            SchemaShapes.Column(AnnotationNames.ScoreColumnKind, _scalar, TextDataViewType.Instance, isKey: false),
            SchemaShapes.Column(AnnotationNames.ScoreColumnSetId, _scalar, NumberDataViewType.UInt32, isKey: true),
            SchemaShapes.Column(AnnotationNames.ScoreValueKind, _scalar, TextDataViewType.Instance, isKey: false),
            .. keyValues.Select(k => SchemaShapes.Column(AnnotationNames.TrainingLabelValues, _vector, k.ItemType, isKey: false)),
            .. keyValues.Select(_ => SchemaShapes.Column(AnnotationNames.SlotNames, _vector, TextDataViewType.Instance, isKey: false)),
        ];
        return input.With(
            SchemaShapes.Column(predictedLabel, _scalar, NumberDataViewType.UInt32, isKey: true, new SchemaShape(keyValues)),
            SchemaShapes.Column(score, _vector, NumberDataViewType.Single, isKey: false, new SchemaShape(scoreAnnotations)));
    }

    public Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> scores) => column == 0
        ? (ValueGetter<uint>)((ref uint value) => value = KeyOfLargest(scores().Span))
        : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            var editor = VBufferEditor.Create(ref value, classCount);
            scores().Span.CopyTo(editor.Values);
            value = editor.Commit();
        });

    // Keys count from 1; 0 is a missing value, which no comparison with NaN can avoid.
    private static uint KeyOfLargest(ReadOnlySpan<float> scores)
    {
        int best = -1;
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsNaN(scores[i]) && (best < 0 || scores[i] > scores[best]))
                best = i;
        }
        return (uint)(best + 1);
    }

    private DataViewSchema.Annotations PredictedLabelAnnotations()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        labels?.AddTo(builder, AnnotationNames.KeyValues);
        return builder.ToAnnotations();
    }

    private DataViewSchema.Annotations ScoreAnnotations(uint setId)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue(AnnotationNames.ScoreColumnKind, TextDataViewType.Instance, AnnotationNames.MulticlassClassification.AsMemory());
        builder.AddPrimitiveValue(AnnotationNames.ScoreColumnSetId, AnnotationNames.SetIdType, setId);
        builder.AddPrimitiveValue(AnnotationNames.ScoreValueKind, TextDataViewType.Instance, AnnotationNames.Score.AsMemory());
        if (labels is not null)
        {
            labels.AddTo(builder, AnnotationNames.TrainingLabelValues);
            LabelValueKind.Find(TextDataViewType.Instance)!.Add(builder, AnnotationNames.SlotNames, labels.Texts);
        }
        return builder.ToAnnotations();
    }

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
