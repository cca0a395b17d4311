using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>The added columns: places, types, annotations.</summary>
public class SchemaTests
{
    private readonly MLContext _context = TestDevice.Context(1);
    private static readonly DeLoRATextClassificationOptions _quick = Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } };

    [Fact]
    public void TheAddedColumnsStandBehindTheInput()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(9));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        DataViewSchema schema = model.Transform(data).Schema;
        Assert.Equal([.. data.Schema.Select(c => c.Name), "PredictedLabel", "Score"], schema.Select(c => c.Name));
        Assert.Equal(schema.Select(c => (c.Name, c.Type)), model.GetOutputSchema(data.Schema).Select(c => (c.Name, c.Type)));

        var key = Assert.IsType<KeyDataViewType>(schema["PredictedLabel"].Type);
        Assert.Equal((typeof(uint), 3ul), (key.RawType, key.Count));
        Assert.Equal(["KeyValues"], schema["PredictedLabel"].Annotations.Schema.Select(a => a.Name));
        VBuffer<ReadOnlyMemory<char>> values = default;
        schema["PredictedLabel"].GetKeyValues(ref values);
        Assert.Equal(Toy.Classes, values.DenseValues().Select(v => v.ToString()));

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 3), schema["Score"].Type);
        DataViewSchema.Annotations score = schema["Score"].Annotations;
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind", "SlotNames", "TrainingLabelValues"],
            score.Schema.Select(a => a.Name).Order());
        Assert.Equal("MulticlassClassification", Text("ScoreColumnKind"));
        Assert.Equal("Score", Text("ScoreValueKind"));
        uint id = 0;
        score.GetValue("ScoreColumnSetId", ref id);
        Assert.Equal(1u, id);
        Assert.Equal("Key<UInt32, 0-2147483646>", score.Schema["ScoreColumnSetId"].Type.ToString());
        Assert.Equal(new VectorDataViewType(TextDataViewType.Instance, 3), score.Schema["SlotNames"].Type);
        Assert.Equal(new VectorDataViewType(TextDataViewType.Instance, 3), score.Schema["TrainingLabelValues"].Type);
        schema["Score"].GetSlotNames(ref values);
        Assert.Equal(Toy.Classes, values.DenseValues().Select(v => v.ToString()));
        score.GetValue("TrainingLabelValues", ref values);
        Assert.Equal(Toy.Classes, values.DenseValues().Select(v => v.ToString()));

        string Text(string kind)
        {
            ReadOnlyMemory<char> value = default;
            score.GetValue(kind, ref value);
            return value.ToString();
        }
    }

    [Fact]
    public void ASecondScorerTakesTheNextSetIdAndHidesTheFirst()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(9));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        DataViewSchema schema = model.Transform(model.Transform(data)).Schema;
        Assert.Equal(2, schema.Count(c => c.Name == "Score"));
        Assert.Equal(schema.Count - 1, schema["Score"].Index);
        uint id = 0;
        schema["Score"].Annotations.GetValue("ScoreColumnSetId", ref id);
        Assert.Equal(2u, id);
    }

    [Fact]
    public void ThereAreAsManyClassesAsKeysNotAsLabelsSeen()
    {
        IDataView all = _context.Data.LoadFromEnumerable(Toy.Rows(30));
        ITransformer mapping = _context.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(all);
        IDataView two = mapping.Transform(_context.Data.LoadFromEnumerable(Toy.Rows(30).Where(r => r.Class != "high")));
        using DeLoRATextTransformer model = Toy.Fit(_context, two, _quick);
        Assert.Equal(3, Assert.IsType<VectorDataViewType>(model.Transform(two).Schema["Score"].Type).Size);
    }

    [Fact]
    public void NumbersAsLabelsKeepTheirType()
    {
        ToyRow[] rows = Toy.Rows(12);
        foreach (ToyRow row in rows)
            row.Number = row.Number % 2 == 0 ? 1.5f : -2;
        IDataView view = _context.Data.LoadFromEnumerable(rows);
        IDataView data = _context.Transforms.Conversion.MapValueToKey("Label", "Number").Fit(view).Transform(view);
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        DataViewSchema schema = model.Transform(data).Schema;
        VBuffer<float> values = default;
        schema["PredictedLabel"].GetKeyValues(ref values);
        Assert.Equal([1.5f, -2], values.DenseValues());
        schema["Score"].Annotations.GetValue("TrainingLabelValues", ref values);
        Assert.Equal([1.5f, -2], values.DenseValues());
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Score"].GetSlotNames(ref names);
        Assert.Equal(["1.5", "-2"], names.DenseValues().Select(v => v.ToString()));
    }

    [Fact]
    public void KeysWithoutValuesGiveNoNames()
    {
        IDataView data =
            _context.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new KeyRow { Text = $"{i}", Label = (uint)(i % 3) }));
        using DeLoRATextTransformer model = Toy.Fit(_context, data, _quick);
        DataViewSchema schema = model.Transform(data).Schema;
        Assert.Empty(schema["PredictedLabel"].Annotations.Schema);
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind"],
            schema["Score"].Annotations.Schema.Select(a => a.Name).Order());
    }

    [Fact]
    public void TheShapeForetellsTheSchema()
    {
        var input = new SchemaShape(new[] { "Text", "Class" }
            .Select(n => SchemaShapes.Column(n, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false)));
        SchemaShape before = _context.Transforms.Conversion.MapValueToKey("Label", "Class").GetOutputSchema(input);
        SchemaShape after = _context.Transforms.DeLoRATextClassification(_quick).GetOutputSchema(before);
        Assert.Equal([.. before.Select(c => c.Name), "PredictedLabel", "Score"], after.Select(c => c.Name));
        SchemaShape.Column predicted = after[after.Count - 2], score = after[after.Count - 1];
        Assert.Equal((true, SchemaShape.Column.VectorKind.Scalar, (DataViewType)NumberDataViewType.UInt32),
            (predicted.IsKey, predicted.Kind, predicted.ItemType));
        Assert.Equal(["KeyValues"], predicted.Annotations.Select(a => a.Name));
        Assert.Equal((false, SchemaShape.Column.VectorKind.Vector, (DataViewType)NumberDataViewType.Single),
            (score.IsKey, score.Kind, score.ItemType));
        Assert.Equal(["ScoreColumnKind", "ScoreColumnSetId", "ScoreValueKind", "SlotNames", "TrainingLabelValues"],
            score.Annotations.Select(a => a.Name).Order());
        // MapKeyToValue looks for the key values in the shape.
        SchemaShape mapped = _context.Transforms.Conversion.MapKeyToValue("Name", "PredictedLabel").GetOutputSchema(after);
        Assert.Equal(TextDataViewType.Instance, mapped[mapped.Count - 1].ItemType);
    }

    private sealed class KeyRow
    {
        public string Text { get; set; } = "";

        [KeyType(3)]
        public uint Label { get; set; }
    }
}
