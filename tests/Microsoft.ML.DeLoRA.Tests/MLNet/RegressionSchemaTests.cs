using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>The column that a regression adds: place, type, annotations, and its values by every kind of row.</summary>
public sealed class RegressionSchemaTests : IDisposable
{
    private readonly MLContext _context = TestDevice.Context(1);
    private readonly IDataView _data;
    private readonly DeLoRATextTransformer _model;

    public RegressionSchemaTests()
    {
        _data = Toy.Load(_context, Toy.Rows(70));
        _model = Toy.Fit(_context, _data, Toy.Regression with { Training = new() { Seed = 1, Epochs = 1 } });
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public void TheScoreStandsBehindTheInput()
    {
        DataViewSchema schema = _model.Transform(_data).Schema;
        Assert.Equal([.. _data.Schema.Select(c => c.Name), "Score"], schema.Select(c => c.Name));
        Assert.Equal(schema.Select(c => (c.Name, c.Type)), _model.GetOutputSchema(_data.Schema).Select(c => (c.Name, c.Type)));
        Assert.Equal(NumberDataViewType.Single, schema["Score"].Type);
        DataViewSchema.Annotations score = schema["Score"].Annotations;
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind"], score.Schema.Select(a => a.Name).Order());
        Assert.Equal(("Regression", "Score"), (Text("ScoreColumnKind"), Text("ScoreValueKind")));
        Assert.Equal("Key<UInt32, 0-2147483646>", score.Schema["ScoreColumnSetId"].Type.ToString());
        Assert.Equal(1u, SetId(schema));
        Assert.Equal(2u, SetId(_model.Transform(_model.Transform(_data)).Schema));

        string Text(string kind)
        {
            ReadOnlyMemory<char> value = default;
            score.GetValue(kind, ref value);
            return value.ToString();
        }

        static uint SetId(DataViewSchema schema)
        {
            uint id = 0;
            schema["Score"].Annotations.GetValue("ScoreColumnSetId", ref id);
            return id;
        }
    }

    [Fact]
    public void TheShapeForetellsTheSchema()
    {
        var input = new SchemaShape(
        [
            SchemaShapes.Column("Text", SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
            SchemaShapes.Column("Value", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, isKey: false),
        ]);
        SchemaShape after = _context.Transforms.DeLoRATextRegression(Toy.Regression).GetOutputSchema(input);
        Assert.Equal(["Text", "Value", "Score"], after.Select(c => c.Name));
        SchemaShape.Column score = after[2];
        Assert.Equal((false, SchemaShape.Column.VectorKind.Scalar, (DataViewType)NumberDataViewType.Single),
            (score.IsKey, score.Kind, score.ItemType));
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind"], score.Annotations.Select(a => a.Name).Order());
    }

    [Fact]
    public void EveryRowHasItsOwnScoreAndBatchesAreUsed()
    {
        long before = _model.Model.ForwardPasses;
        float[] scores = Toy.Scores(_model.Transform(_data));
        // Windows of 32 and of the remaining 38 rows, each of few tokens.
        Assert.Equal(2, _model.Model.ForwardPasses - before);
        float[] alone = [.. Toy.Rows(70).Select(r => _model.Model.Predict([r.Text]).Values.Span[0])];
        Assert.Equal(alone, scores, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.True(scores.Distinct().Count() > 30);
    }

    [Fact]
    public void LabelsAreNotNeededForPrediction()
    {
        IDataView without = _context.Transforms.DropColumns("Value").Fit(_data).Transform(_data);
        Assert.Equal(Toy.Scores(_model.Transform(_data)), Toy.Scores(_model.Transform(without)));
    }
}
