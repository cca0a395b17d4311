using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What is wrong with a regression's data or options is said before training starts.</summary>
public class RegressionBadInputTests
{
    /// <summary>A name, what is wrong (from the good data and options to bad ones), the exception, and words that it says.</summary>
    public static TheoryData<string, Func<MLContext, Func<object>>, Type, string[]> Cases => new()
    {
        { "missing label column", c => Fit(c, o => o with { LabelColumnName = "Labell" }), typeof(ArgumentOutOfRangeException), ["label column 'Labell'", "'Text'", "'Value'"] },
        { "missing text column", c => Fit(c, o => o with { TextColumnName = "Texte" }), typeof(ArgumentOutOfRangeException), ["text column 'Texte'", "'Text'"] },
        { "missing second text column", c => Fit(c, o => o with { SecondTextColumnName = "Other" }), typeof(ArgumentOutOfRangeException), ["text column 'Other'"] },
        { "label is text", c => Fit(c, o => o with { LabelColumnName = "Class" }), typeof(ArgumentOutOfRangeException), ["'Class'", "Single", "String", "ConvertType"] },
        { "label is a key", c => Fit(c, o => o with { LabelColumnName = "Label" }), typeof(ArgumentOutOfRangeException), ["'Label'", "Single", "Key<UInt32, 0-2>"] },
        { "label is a vector", c => Fit(c, o => o with { LabelColumnName = "Vector" }), typeof(ArgumentOutOfRangeException), ["'Vector'", "Vector<Single, 2>"] },
        { "text is a number", c => Fit(c, o => o with { TextColumnName = "Number" }), typeof(ArgumentOutOfRangeException), ["'Number'", "String", "Single"] },
        { "all labels missing", c => Fit(c, o => o, r => r.Value = float.NaN), typeof(InvalidOperationException), ["None of the 12", "'Value'", "NaN"] },
        { "an infinite label", c => Fit(c, o => o, r => r.Value = r.Number == 7 ? float.PositiveInfinity : 1), typeof(InvalidOperationException), ["training row 7", "'Value'", "Infinity", "NaN"] },
        { "a negative infinite label after a missing one", c => Fit(c, o => o, r => r.Value = r.Number == 7 ? float.NegativeInfinity : float.NaN), typeof(InvalidOperationException), ["row 7", "-Infinity"] },
        { "an infinite validation label", c => Fit(c, o => o with { ValidationSet = Toy.Load(c, [new ToyRow { Text = "a", Value = float.PositiveInfinity }]) }), typeof(InvalidOperationException), ["validation row 0"] },
        { "no text at all", c => Fit(c, o => o, r => r.Text = "  "), typeof(InvalidOperationException), ["'Text'", "empty"] },
        { "no rows", c => () => Toy.Fit(c, Toy.Load(c, []), Toy.Regression), typeof(InvalidOperationException), ["training data has no rows"] },
        { "one row and a fraction", c => () => Toy.Fit(c, Toy.Load(c, Toy.Rows(1)), Toy.Regression with { ValidationFraction = 0.5 }), typeof(InvalidOperationException), ["one training row", "ValidationFraction"] },
        { "missing base directory", c => Fit(c, o => o with { BaseModel = "no/such/place" }), typeof(DirectoryNotFoundException), ["no/such/place"] },
        { "rank larger than the matrix", c => Fit(c, o => o with { Adapter = new DeLoRAMethod { Rank = 33 } }), typeof(ArgumentException), ["rank 33", "query", "1 to 32"] },
        { "length beyond the model", c => Fit(c, o => o with { MaxLength = 65 }), typeof(ArgumentException), ["MaxLength", "65", "64"] },
        { "a learning rate of minus one", c => Fit(c, o => o with { Training = new() { LearningRate = -1 } }), typeof(ArgumentException), ["LearningRate", "-1"] },
        { "validation fraction of one", c => Fit(c, o => o with { ValidationFraction = 1 }), typeof(ArgumentException), ["ValidationFraction", "1"] },
        { "fraction and set", c => Fit(c, o => o with { ValidationFraction = 0.5, ValidationSet = Toy.Load(c, Toy.Rows(9)) }), typeof(ArgumentException), ["ValidationFraction", "ValidationSet"] },
        { "empty name", c => Fit(c, o => o with { ScoreColumnName = "" }), typeof(ArgumentException), ["ScoreColumnName"] },
        { "validation labels of another type", c => Fit(c, o => o with { ValidationSet = Keys(c) }), typeof(ArgumentOutOfRangeException), ["'Value'", "Single", "Key<UInt32, 0-2>"] },
        { "half a surrogate pair", c => Fit(c, o => o, r => r.Text = "a\ud800"), typeof(ArgumentException), ["Row 0", "surrogate"] },
        { "infinite loss", c => Fit(c, o => o, r => r.Value = 3e38f), typeof(TrainingDivergedException), ["step", "learning rate"] },
        { "a GPU that is not there", c => { c.GpuDeviceId = 99; return Fit(c, o => o); }, typeof(InvalidOperationException), ["GPU 99", "GpuDeviceId", "FallbackToCpu"] },
        { "cancelled", c => Fit(c, o => o with { CancellationToken = new CancellationToken(true) }), typeof(OperationCanceledException), [] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void FitSaysWhatIsWrong(string name, Func<MLContext, Func<object>> make, Type exception, string[] said)
    {
        Func<object> fit = make(new MLContext(1));
        Exception found = Assert.ThrowsAny<Exception>(() => fit());
        Assert.True(exception.IsInstanceOfType(found), $"{name}: {found}");
        Assert.All(said, s => Assert.Contains(s, found.Message));
    }

    [Theory]
    [InlineData("Text", "Text", "label column 'Text'", "String")]
    [InlineData("Vector", "Text", "label column 'Vector'", "Vector<Single>")]
    [InlineData("Value", "Value", "text column 'Value'", "Single")]
    public void AShapeIsCheckedToo(string label, string text, params string[] said)
    {
        var context = new MLContext(1);
        var shape = new SchemaShape(
        [
            SchemaShapes.Column("Text", SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
            SchemaShapes.Column("Value", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, isKey: false),
            SchemaShapes.Column("Vector", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false),
        ]);
        var estimator = context.Transforms.DeLoRATextRegression(Toy.Regression with { LabelColumnName = label, TextColumnName = text });
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(shape)).Message;
        Assert.All(said, s => Assert.Contains(s, message));
    }

    private static Func<object> Fit(MLContext context, Func<DeLoRATextRegressionOptions, DeLoRATextRegressionOptions> options, Action<ToyRow>? change = null)
    {
        ToyRow[] rows = Toy.Rows(12);
        foreach (ToyRow row in rows)
            change?.Invoke(row);
        return () => Toy.Fit(context, Toy.Data(context, rows), options(Toy.Regression));
    }

    private static IDataView Keys(MLContext context)
    {
        IDataView rows = Toy.Load(context, Toy.Rows(9));
        return context.Transforms.Conversion.MapValueToKey("Value").Fit(rows).Transform(rows);
    }
}
