using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// The columns that a multi-label classifier adds: the predicted labels, Vector&lt;Boolean, N&gt;, and the scores, Vector&lt;Single,
/// N&gt;, a probability for each label. The slots of both have the labels' names.
/// </summary>
/// <param name="predictedLabels">Name of the predicted labels.</param>
/// <param name="score">Name of the scores.</param>
/// <param name="labels">The labels' names.</param>
/// <param name="threshold">A label is predicted where its probability is above it.</param>
internal sealed class MultiLabelColumns(string predictedLabels, string score, LabelValues labels, float threshold) : IScoreColumns
{
    private static readonly SchemaShape.Column.VectorKind _vector = SchemaShape.Column.VectorKind.Vector;

    private int Count => labels.Texts.Count;

    public DataViewSchema AddTo(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(predictedLabels, new VectorDataViewType(BooleanDataViewType.Instance, Count),
            WithSlotNames(new DataViewSchema.Annotations.Builder()));
        builder.AddColumn(score, new VectorDataViewType(NumberDataViewType.Single, Count),
            WithSlotNames(ScoreAnnotations.Create(input, AnnotationNames.MultiLabelClassification)));
        return builder.ToSchema();
    }

    /// <summary>The same for a shape, when the number of labels is not known yet.</summary>
    public static SchemaShape AddTo(SchemaShape input, string predictedLabels, string score)
    {
        SchemaShape.Column slotNames = SchemaShapes.Column(AnnotationNames.SlotNames, _vector, TextDataViewType.Instance, isKey: false);
        var scoreAnnotations = new SchemaShape([.. ScoreAnnotations.Shapes(), slotNames]);
        return input.With(
            SchemaShapes.Column(predictedLabels, _vector, BooleanDataViewType.Instance, isKey: false, new SchemaShape([slotNames])),
            SchemaShapes.Column(score, _vector, NumberDataViewType.Single, isKey: false, scoreAnnotations));
    }

    public Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> scores) => column == 0
        ? (ValueGetter<VBuffer<bool>>)((ref VBuffer<bool> value) =>
        {
            var editor = VBufferEditor.Create(ref value, Count);
            ReadOnlySpan<float> probabilities = scores().Span;
            for (int label = 0; label < Count; label++)
                editor.Values[label] = probabilities[label] > threshold;
            value = editor.Commit();
        })
        : ScoreVector.CreateGetter(scores, Count);

    private DataViewSchema.Annotations WithSlotNames(DataViewSchema.Annotations.Builder builder)
    {
        labels.AddTo(builder, AnnotationNames.SlotNames);
        return builder.ToAnnotations();
    }
}
