using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>The column that a regression adds: the predicted number, a Single.</summary>
/// <param name="score">Its name.</param>
internal sealed class RegressionColumns(string score) : IScoreColumns
{
    public DataViewSchema AddTo(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(score, NumberDataViewType.Single, ScoreAnnotations.Create(input, AnnotationNames.Regression).ToAnnotations());
        return builder.ToSchema();
    }

    /// <summary>The same for a shape.</summary>
    public static SchemaShape AddTo(SchemaShape input, string score) => input.With(SchemaShapes.Column(
        score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, isKey: false, new SchemaShape(ScoreAnnotations.Shapes())));

    public Delegate CreateGetter(int column, Func<ReadOnlyMemory<float>> scores)
        => (ValueGetter<float>)((ref float value) => value = scores().Span[0]);
}
