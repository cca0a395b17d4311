using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What is wrong with the labels or the own options of multi-label classification is said before training starts.</summary>
public class MultiLabelBadInputTests
{
    /// <summary>A name, what is wrong (from the good data and options to bad ones), the exception, and words that it says.</summary>
    public static TheoryData<string, Func<MLContext, Func<object>>, Type, string[]> Cases => new()
    {
        { "label is a key", c => Fit(c, o => o with { LabelColumnName = "Label" }), typeof(ArgumentOutOfRangeException),
            ["'Label'", "Vector<Boolean, N>", "Key<UInt32, 0-2>", "VectorType"] },
        { "label is a number", c => Fit(c, o => o with { LabelColumnName = "Number" }), typeof(ArgumentOutOfRangeException),
            ["'Number'", "Vector<Boolean, N>", "Single"] },
        { "unknown number of labels", c => () => Toy.Fit(c, c.Data.LoadFromEnumerable(new[] { new Unsized() }), Toy.MultiLabel),
            typeof(ArgumentOutOfRangeException), ["'Labels'", "unknown size", "[VectorType(N)]"] },
        { "absurd number of labels", c => () => Toy.Fit(c, Sized(c, 65_537), Toy.MultiLabel), typeof(ArgumentOutOfRangeException),
            ["65,537", "65,536"] },
        { "no rows", c => () => Toy.Fit(c, Toy.Load(c, []), Toy.MultiLabel), typeof(InvalidOperationException),
            ["training data has no rows"] },
        { "a row with too few flags", c => Fit(c, o => o, r => r.Labels = r.Number == 7 ? new bool[2] : r.Labels),
            typeof(InvalidOperationException), ["training row 7", "2 flags", "3"] },
        { "a row without an array", c => Fit(c, o => o, r => r.Labels = null!), typeof(InvalidOperationException),
            ["training row 0", "0 flags", "3"] },
        { "too few names", c => Fit(c, o => o with { LabelNames = ["a", "b"] }), typeof(ArgumentException),
            ["LabelNames has 2 names", "'Labels' has 3 slots"] },
        { "no name", c => Fit(c, o => o with { LabelNames = [] }), typeof(ArgumentException), ["LabelNames", "no name"] },
        { "equal names", c => Fit(c, o => o with { LabelNames = ["a", "b", "a"] }), typeof(ArgumentException),
            ["LabelNames", "'a' is there 2 times"] },
        { "an empty name", c => Fit(c, o => o with { LabelNames = ["a", "b", ""] }), typeof(ArgumentException), ["LabelNames", "empty"] },
        { "equal slot names", c => () => Toy.Fit(c, Slots(c, "a", "a"), Toy.MultiLabel with { LabelNames = null }),
            typeof(ArgumentException), ["slot names of column 'Labels'", "'a' is there 2 times", "LabelNames"] },
        { "threshold of one", c => Fit(c, o => o with { Threshold = 1 }), typeof(ArgumentException), ["Threshold", "1", "below 1"] },
        { "threshold below zero", c => Fit(c, o => o with { Threshold = -0.1f }), typeof(ArgumentException), ["Threshold", "at least 0"] },
        { "threshold of NaN", c => Fit(c, o => o with { Threshold = float.NaN }), typeof(ArgumentException), ["Threshold", "NaN"] },
        { "one name for both columns", c => Fit(c, o => o with { ScoreColumnName = "PredictedLabels" }), typeof(ArgumentException),
            ["ScoreColumnName"] },
        { "empty name of the predicted labels", c => Fit(c, o => o with { PredictedLabelsColumnName = "" }), typeof(ArgumentException),
            ["PredictedLabelsColumnName"] },
        { "validation labels of another type",
            c => Fit(c, o => o with { ValidationSet = c.Transforms.CopyColumns("Labels", "Class").Fit(Toy.Load(c, []))
            .Transform(Toy.Load(c, Toy.Rows(9))) }), typeof(ArgumentOutOfRangeException), ["'Labels'", "Vector<Boolean, N>", "String"] },
        { "another number of validation labels", c => Fit(c, o => o with { ValidationSet = Sized(c, 4) }), typeof(ArgumentException),
            ["validation set", "'Labels'", "4 slots there and 3 here"] },
        { "validation labels in another order",
            c => () => Toy.Fit(c, Slots(c, "a", "b"), Toy.MultiLabel with { LabelNames = null, ValidationSet = Slots(c, "b", "a") }),
            typeof(ArgumentException), ["validation set", "'b', 'a' there and 'a', 'b' here", "LabelNames"] },
        { "a validation row with too few flags", c => Fit(c, o => o with { ValidationSet = Toy.Load(c,
            [new ToyRow { Text = "a", Labels = [true] }]) }), typeof(InvalidOperationException), ["validation row 0", "1 flags"] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void FitSaysWhatIsWrong(string name, Func<MLContext, Func<object>> make, Type exception, string[] said)
        => BadInput.IsRefused(name, make, exception, said);

    [Theory]
    [InlineData("Text", "label column 'Text'", "String")]
    [InlineData("One", "label column 'One'", "Boolean")]
    [InlineData("Any", "label column 'Any'", "unknown size")]
    [InlineData("None", "label column 'None'")]
    public void AShapeIsCheckedToo(string label, params string[] said)
    {
        var shape = new SchemaShape(
        [
            SchemaShapes.Column("Text", SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance, isKey: false),
            SchemaShapes.Column("One", SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, isKey: false),
            SchemaShapes.Column("Any", SchemaShape.Column.VectorKind.VariableVector, BooleanDataViewType.Instance, isKey: false),
        ]);
        var estimator = new MLContext(1).Transforms.DeLoRATextMultiLabelClassification(Toy.MultiLabel with { LabelColumnName = label });
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(shape)).Message;
        Assert.All(said, s => Assert.Contains(s, message));
    }

    private static Func<object> Fit(
        MLContext context, Func<DeLoRATextMultiLabelClassificationOptions, DeLoRATextMultiLabelClassificationOptions> options,
            Action<ToyRow>? change = null)
        => BadInput.Fit(context, Toy.MultiLabel, options, change);

    private static IDataView Sized(MLContext context, int labels)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(Unsized));
        definition["Labels"].ColumnType = new VectorDataViewType(BooleanDataViewType.Instance, labels);
        return context.Data.LoadFromEnumerable(new[] { new Unsized { Labels = new bool[labels] } }, definition);
    }

    private static IDataView Slots(MLContext context, string first, string second)
        => MultiLabelTests.WithSlotNames(context, Toy.LabelRows(8), first, second);

    private sealed class Unsized
    {
        public string Text { get; set; } = "x";

        public bool[] Labels { get; set; } = [true];
    }
}
