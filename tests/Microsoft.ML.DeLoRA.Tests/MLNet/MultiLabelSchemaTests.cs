using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>The columns that a multi-label classifier adds: place, type, annotations, and their values by every kind of row.</summary>
public sealed class MultiLabelSchemaTests : IDisposable
{
    private readonly MLContext _context = TestDevice.Context(1);
    private readonly IDataView _data;
    private readonly DeLoRATextTransformer _model;

    public MultiLabelSchemaTests()
    {
        _data = Toy.Load(_context, Toy.LabelRows(70));
        _model = Toy.Fit(_context, _data, Toy.MultiLabel with { Training = new() { Seed = 1, Epochs = 1 } });
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public void BothColumnsStandBehindTheInputWithTheLabelsNames()
    {
        DataViewSchema schema = _model.Transform(_data).Schema;
        Assert.Equal([.. _data.Schema.Select(c => c.Name), "PredictedLabels", "Score"], schema.Select(c => c.Name));
        Assert.Equal(schema.Select(c => (c.Name, c.Type)), _model.GetOutputSchema(_data.Schema).Select(c => (c.Name, c.Type)));
        Assert.Equal("Vector<Boolean, 3>", schema["PredictedLabels"].Type.ToString());
        Assert.Equal("Vector<Single, 3>", schema["Score"].Type.ToString());
        Assert.Equal(["SlotNames"], schema["PredictedLabels"].Annotations.Schema.Select(a => a.Name));
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind", "SlotNames"],
            schema["Score"].Annotations.Schema.Select(a => a.Name).Order());
        ReadOnlyMemory<char> kind = default;
        schema["Score"].Annotations.GetValue("ScoreColumnKind", ref kind);
        Assert.Equal("MultiLabelClassification", kind.ToString());
        foreach (string column in new[] { "PredictedLabels", "Score" })
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            schema[column].GetSlotNames(ref names);
            Assert.Equal(Toy.Classes, names.DenseValues().Select(n => n.ToString()));
        }
    }

    [Fact]
    public void TheShapeForetellsTheSchema()
    {
        var input = new SchemaShape(
        [
            SchemaShapes.Column("Text", SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
            SchemaShapes.Column("Labels", SchemaShape.Column.VectorKind.Vector, BooleanDataViewType.Instance, isKey: false),
        ]);
        SchemaShape after = _context.Transforms.DeLoRATextMultiLabelClassification(Toy.MultiLabel).GetOutputSchema(input);
        DataViewSchema schema = _model.Transform(_data).Schema;
        Assert.Equal(["Text", "Labels", "PredictedLabels", "Score"], after.Select(c => c.Name));
        foreach (SchemaShape.Column column in after.Skip(2))
        {
            var type = (VectorDataViewType)schema[column.Name].Type;
            Assert.Equal((false, SchemaShape.Column.VectorKind.Vector, type.ItemType), (column.IsKey, column.Kind, column.ItemType));
            Assert.Equal(schema[column.Name].Annotations.Schema.Select(a => a.Name).Order(),
                column.Annotations.Select(a => a.Name).Order());
        }
    }

    [Fact]
    public void ScoresAreProbabilitiesOfEachLabelInBatchesAndAlone()
    {
        long before = _model.Model.ForwardPasses;
        IDataView scored = _model.Transform(_data);
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        // Windows of 32 and of the remaining 38 rows, each of few tokens.
        Assert.Equal(2, _model.Model.ForwardPasses - before);
        float[] alone = [.. Toy.LabelRows(70).SelectMany(r => _model.Model.Predict([r.Text]).Values.ToArray())];
        Assert.Equal(alone, scores.SelectMany(s => s), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.All(alone, p => Assert.InRange(p, 0, 1));
        Assert.Contains(scores, s => Math.Abs(s.Sum() - 1) > 0.05);
        Assert.Equal(scores.SelectMany(s => s.Select(p => p > 0.5f)), scored.GetColumn<bool[]>("PredictedLabels").SelectMany(p => p));
    }

    [Fact]
    public void LabelsAreNotNeededForPrediction()
    {
        IDataView without = _context.Transforms.DropColumns("Labels").Fit(_data).Transform(_data);
        Assert.Equal(Toy.Scores(_model.Transform(_data)), Toy.Scores(_model.Transform(without)));
    }
}
