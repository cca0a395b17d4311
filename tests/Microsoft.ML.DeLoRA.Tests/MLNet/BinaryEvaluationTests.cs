using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>Classifiers of two classes under ML.NET's binary evaluation, beside its multiclass one.</summary>
public class BinaryEvaluationTests
{
    private readonly MLContext _context = TestDevice.Context(1);

    [Theory]
    [InlineData(null)]
    [InlineData("low")]
    [InlineData("high")]
    public void The_area_under_the_curve_and_the_rest_are_those_of_the_scores(string? positive)
    {
        IDataView data = Toy.Data(_context, Toy.Rows(120).Where(r => r.Class != "middle").Select((r, i) =>
        {
            // Some are wrong, or every figure would be 1.
            r.Class = i % 7 == 0 ? "low" : r.Class;
            return r;
        }));
        using DeLoRATextTransformer model =
            Toy.Fit(_context, data, Toy.Options with { Training = Toy.Options.Training with { Epochs = 2 } });
        IDataView scored = model.Transform(data);

        IDataView table = _context.Data.ToBinaryClassification(scored, positiveClass: positive);
        CalibratedBinaryClassificationMetrics binary = _context.BinaryClassification.Evaluate(table);
        MulticlassClassificationMetrics multiclass = _context.MulticlassClassification.Evaluate(scored);

        int slot = positive switch { null => 1, _ => Array.IndexOf(Names(scored), positive) };
        float[] probabilities = [.. scored.GetColumn<float[]>("Score").Select(s => s[slot])];
        bool[] labels = [.. scored.GetColumn<uint>("Label").Select(key => key - 1 == slot)];
        Assert.Equal(Area(probabilities, labels), binary.AreaUnderRocCurve, 1e-6);
        Assert.Equal(multiclass.MicroAccuracy, binary.Accuracy, 1e-9);
        // ML.NET's binary log-loss is in bits.
        Assert.Equal(multiclass.LogLoss, binary.LogLoss * Math.Log(2), 1e-5);
        Assert.Equal(multiclass.ConfusionMatrix.PerClassRecall[slot], binary.PositiveRecall, 1e-9);
        Assert.Equal(multiclass.ConfusionMatrix.PerClassPrecision[slot], binary.PositivePrecision, 1e-9);
    }

    [Fact]
    public void Three_classes_and_unknown_names_are_refused()
    {
        IDataView three = Toy.Data(_context, Toy.Rows(30));
        using DeLoRATextTransformer model = Toy.Fit(_context, three, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        Assert.Contains("two classes",
            Assert.Throws<ArgumentException>(() => _context.Data.ToBinaryClassification(model.Transform(three))).Message);
        IDataView two = Toy.Data(_context, Toy.Rows(30).Where(r => r.Class != "middle"));
        using DeLoRATextTransformer binary = Toy.Fit(_context, two, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        IDataView scored = binary.Transform(two);
        ArgumentException unknown =
            Assert.Throws<ArgumentException>(() => _context.Data.ToBinaryClassification(scored, positiveClass: "middle"));
        Assert.Contains("low, high", unknown.Message);
        Assert.Equal("positiveClass", unknown.ParamName);
        Assert.Contains("'Labell'",
            Assert.ThrowsAny<ArgumentException>(() => _context.Data.ToBinaryClassification(scored, "Labell")).Message);
        Assert.Contains("Key<UInt32>, got String",
            Assert.ThrowsAny<ArgumentException>(() => _context.Data.ToBinaryClassification(scored, "Class")).Message);
        IDataView numbered = _context.Transforms.Conversion.MapValueToKey("Other", "Number").Fit(scored).Transform(scored);
        Assert.Contains("20 classes",
            Assert.Throws<ArgumentException>(() => _context.Data.ToBinaryClassification(numbered, "Other")).Message);
    }

    // The share of pairs in which the positive row has the larger probability (Mann and Whitney).
    private static double Area(float[] probabilities, bool[] labels)
    {
        float[] positive = [.. probabilities.Where((_, i) => labels[i])], negative = [.. probabilities.Where((_, i) => !labels[i])];
        double won = positive.Sum(p => negative.Sum(n => p > n ? 1 : p == n ? 0.5 : 0));
        return won / ((double)positive.Length * negative.Length);
    }

    private static string[] Names(IDataView scored)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Label"].GetKeyValues(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }
}
