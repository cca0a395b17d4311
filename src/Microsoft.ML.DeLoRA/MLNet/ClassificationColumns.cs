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
        builder.AddColumn(score, new VectorDataViewType(NumberDataViewType.Single, classCount), ScoresAnnotations(input));
        return builder.ToSchema();
    }

    /// <summary>The same for a shape, when the number of classes is not known yet.</summary>
    public static SchemaShape AddTo(SchemaShape input, string predictedLabel, string score, SchemaShape.Column label)
    {
        SchemaShape.Column[] keyValues = [.. label.Annotations.Where(a => a.Name == AnnotationNames.KeyValues)];
        SchemaShape.Column[] scoreAnnotations =
        [
            .. ScoreAnnotations.Shapes(),
            .. keyValues.Select(k => SchemaShapes.Column(AnnotationNames.TrainingLabelValues, _vector, k.ItemType, isKey: false)),
            .. keyValues.Select(_ => SchemaShapes.Column(AnnotationNames.SlotNames, _vector, TextDataViewType.Instance, isKey: false)),
        ];
        return input.With(
            SchemaShapes.Column(predictedLabel, _scalar, NumberDataViewType.UInt32, isKey: true, new SchemaShape(keyValues)),
            SchemaShapes.Column(score, _vector, NumberDataViewType.Single, isKey: false, new SchemaShape(scoreAnnotations)));
    }

    public Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> scores) => column == 0
        ? (ValueGetter<uint>)((ref uint value) => value = KeyOfLargest(scores().Span))
        : ScoreVector.CreateGetter(scores, classCount);

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

    private DataViewSchema.Annotations ScoresAnnotations(DataViewSchema input)
    {
        DataViewSchema.Annotations.Builder builder = ScoreAnnotations.Create(input, AnnotationNames.MulticlassClassification);
        if (labels is not null)
        {
            labels.AddTo(builder, AnnotationNames.TrainingLabelValues);
            LabelValues.OfTexts(labels.Texts).AddTo(builder, AnnotationNames.SlotNames);
        }
        return builder.ToAnnotations();
    }
}
