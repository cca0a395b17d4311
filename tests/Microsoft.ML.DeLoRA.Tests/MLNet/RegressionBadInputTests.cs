using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What is wrong with a regression's labels is said before training starts; see also <see cref="CommonBadInputTests"/>.</summary>
public class RegressionBadInputTests
{
    /// <summary>A name, what is wrong (from the good data and options to bad ones), the exception, and words that it says.</summary>
    public static TheoryData<string, Func<MLContext, Func<object>>, Type, string[]> Cases => new()
    {
        { "label is text", c => Fit(c, o => o with { LabelColumnName = "Class" }), typeof(ArgumentOutOfRangeException),
            ["'Class'", "Single", "String", "ConvertType"] },
        { "label is a key", c => Fit(c, o => o with { LabelColumnName = "Label" }), typeof(ArgumentOutOfRangeException),
            ["'Label'", "Single", "Key<UInt32, 0-2>"] },
        { "all labels missing", c => Fit(c, o => o, r => r.Value = float.NaN), typeof(InvalidOperationException),
            ["None of the 12", "'Value'", "NaN"] },
        { "an infinite label", c => Fit(c, o => o, r => r.Value = r.Number == 7 ? float.PositiveInfinity : 1),
            typeof(InvalidOperationException), ["training row 7", "'Value'", "Infinity", "NaN"] },
        { "a negative infinite label after a missing one", c => Fit(c, o => o,
            r => r.Value = r.Number == 7 ? float.NegativeInfinity : float.NaN), typeof(InvalidOperationException), ["row 7", "-Infinity"] },
        { "an infinite validation label", c => Fit(c, o => o with { ValidationSet = Toy.Load(c,
            [new ToyRow { Text = "a", Value = float.PositiveInfinity }]) }), typeof(InvalidOperationException), ["validation row 0"] },
        { "no rows", c => () => Toy.Fit(c, Toy.Load(c, []), Toy.Regression), typeof(InvalidOperationException),
            ["training data has no rows"] },
        { "one row and a fraction", c => () => Toy.Fit(c, Toy.Load(c, Toy.Rows(1)), Toy.Regression with { ValidationFraction = 0.5 }),
            typeof(InvalidOperationException), ["one training row", "ValidationFraction"] },
        { "validation labels of another type", c => Fit(c, o => o with { ValidationSet = Keys(c) }), typeof(ArgumentOutOfRangeException),
            ["'Value'", "Single", "Key<UInt32, 0-2>"] },
        { "infinite loss", c => Fit(c, o => o, r => r.Value = 3e38f), typeof(TrainingDivergedException), ["step", "learning rate"] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void FitSaysWhatIsWrong(string name, Func<MLContext, Func<object>> make, Type exception, string[] said)
        => BadInput.IsRefused(name, make, exception, said);

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

    private static Func<object> Fit(MLContext context, Func<DeLoRATextRegressionOptions, DeLoRATextRegressionOptions> options,
        Action<ToyRow>? change = null)
        => BadInput.Fit(context, Toy.Regression, options, change);

    private static IDataView Keys(MLContext context)
    {
        IDataView rows = Toy.Load(context, Toy.Rows(9));
        return context.Transforms.Conversion.MapValueToKey("Value").Fit(rows).Transform(rows);
    }
}
