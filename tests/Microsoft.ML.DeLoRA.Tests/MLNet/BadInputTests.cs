using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>
/// What is wrong with a classifier's labels or options is said before training starts; see also <see cref="CommonBadInputTests"/>.
/// </summary>
public class BadInputTests
{
    /// <summary>A name, what is wrong (from the good data and options to bad ones), the exception, and words that it says.</summary>
    public static TheoryData<string, Func<MLContext, Func<object>>, Type, string[]> Cases => new()
    {
        { "label is text", c => Fit(c, o => o with { LabelColumnName = "Class" }), typeof(ArgumentOutOfRangeException),
            ["'Class'", "Key<UInt32>", "String", "MapValueToKey"] },
        { "label is a number", c => Fit(c, o => o with { LabelColumnName = "Number" }), typeof(ArgumentOutOfRangeException),
            ["'Number'", "Key<UInt32>", "Single", "MapValueToKey"] },
        { "one class only", c => Fit(c, o => o, r => r.Class = "low"), typeof(ArgumentOutOfRangeException), ["one class only", "'Label'"] },
        { "one class seen of several", c => FitOneOfThree(c), typeof(InvalidOperationException), ["same label", "at least two classes"] },
        { "all labels missing", c => Fit(c, o => o, r => r.Class = ""), typeof(InvalidOperationException),
            ["None of the 12 training rows has a label in column 'Label'", "MapValueToKey"] },
        { "all labels of these rows missing", c => FitUnknown(c), typeof(InvalidOperationException), ["None of the 9", "MapValueToKey"] },
        { "all labels NaN", c => FitNaN(c, everyRow: true), typeof(InvalidOperationException),
            ["None of the 12 training rows has a label in column 'Label'"] },
        { "no rows", c => () => Toy.Fit(c, Toy.Data(c, [])), typeof(InvalidOperationException), ["The training data has no rows."] },
        { "absurd number of keys", c => FitHugeKey(c), typeof(ArgumentOutOfRangeException), ["'Label'", "65,536", "MapValueToKey"] },
        { "equal names", c => Fit(c, o => o with { ScoreColumnName = "PredictedLabel" }), typeof(ArgumentException), ["ScoreColumnName"] },
        { "validation set mapped by itself", c => Fit(c, o => o with { ValidationSet = Toy.Data(c, Toy.Rows(9).Reverse()) }),
            typeof(ArgumentException), ["mapped differently", "'high'", "MapValueToKey"] },
        { "infinite loss", c => Fit(c, o => o with { Training = new() { Seed = 1, LearningRate = 1e30, Epochs = 5, BatchSize = 2 } }),
            typeof(TrainingDivergedException), ["step", "learning rate"] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void FitSaysWhatIsWrong(string name, Func<MLContext, Func<object>> make, Type exception, string[] said)
        => BadInput.IsRefused(name, make, exception, said);

    [Fact]
    public void AChainSaysItBeforeAnythingIsFitted()
    {
        var context = new MLContext(1);
        int rows = 0;
        IDataView data = context.Data.LoadFromEnumerable(Toy.Rows(9).Select(r =>
        {
            rows++;
            return r;
        }));
        var wrong = Toy.Pipeline(context, Toy.Options with { TextColumnName = "Texte" });
        Assert.Contains("Texte", Assert.Throws<ArgumentOutOfRangeException>(() => wrong.Fit(data)).Message);
        Assert.Equal(0, rows);
    }

    [Theory]
    [InlineData("Text")]
    public void TransformSaysWhichColumnIsMissing(string column)
    {
        var context = new MLContext(1);
        IDataView data = Toy.Data(context, Toy.Rows(9));
        using DeLoRATextTransformer model = Toy.Fit(context, data, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        IDataView without = context.Transforms.DropColumns(column).Fit(data).Transform(data);
        Assert.Contains(column, Assert.Throws<ArgumentOutOfRangeException>(() => model.Transform(without)).Message);
        Assert.Throws<ArgumentNullException>(() => model.Transform(null!));
    }

    [Fact]
    public void RowsWithoutLabelAreLeftOutWithAWarning()
    {
        var (model, log) = FitLogged(r => r.Class = r.Number < 4 ? "" : r.Class);
        Assert.Contains(log, l => l.Contains("4 training rows have no label"));
        model.Dispose();
    }

    [Theory]
    [InlineData("ScoreColumnName", "LabelColumnName", "Label")]
    [InlineData("ScoreColumnName", "TextColumnName", "Text")]
    [InlineData("PredictedLabelColumnName", "LabelColumnName", "Label")]
    [InlineData("PredictedLabelColumnName", "SecondTextColumnName", "Second")]
    public void AnAddedColumnThatHidesAnInputIsWarnedOf(string added, string input, string column)
    {
        var context = new MLContext(1);
        var log = new List<string>();
        context.Log += (_, e) => log.Add($"{e.Kind} {e.RawMessage}");
        DeLoRATextClassificationOptions options =
            Toy.Options with { SecondTextColumnName = "Second", Training = new() { Seed = 1, Epochs = 1 } };
        options = added == "ScoreColumnName"
            ? options with { ScoreColumnName = column }
            : options with { PredictedLabelColumnName = column };
        ((IDisposable)Fit(context, _ => options)()).Dispose();
        Assert.Single(log, l => l.StartsWith("Warning") && l.Contains($"{added} and {input} are both '{column}'"));
    }

    [Fact]
    public void NaNLabelsAreLeftOutWithAWarning()
    {
        var context = new MLContext(1);
        var log = new List<string>();
        context.Log += (_, e) => log.Add($"{e.Kind} {e.RawMessage}");
        ((IDisposable)FitNaN(context, everyRow: false)()).Dispose();
        Assert.Contains(log, l => l.StartsWith("Warning") && l.Contains("3 training rows have no label"));
    }

    [Fact]
    public void LongTextsAreCutWithAWarning()
    {
        var (model, log) = FitLogged(r => r.Text = r.Number < 5 ? new string('x', 63) : "x");
        Assert.Contains(log, l => l.Contains("5 training rows are longer than the maximum length of 64 tokens"));
        model.Dispose();
    }

    [Fact]
    public void SingleEmptyTextsAreFine()
    {
        var (model, log) = FitLogged(r => r.Text = r.Number < 5 ? "" : r.Text);
        Assert.DoesNotContain(log, l => l.Contains("row"));
        model.Dispose();
    }

    [Fact]
    public void FallbackToCpuGoesOnWithAWarning()
    {
        var context = new MLContext(1) { GpuDeviceId = 99, FallbackToCpu = true };
        var log = new List<string>();
        context.Log += (_, e) => log.Add($"{e.Kind} {e.RawMessage}");
        ((IDisposable)Fit(context, o => o with { Training = new() { Seed = 1, Epochs = 1 } })()).Dispose();
        Assert.Contains(log, l => l.StartsWith("Warning") && l.Contains("GPU 99") && l.Contains("CPU is used"));
    }

    private static (DeLoRATextTransformer, List<string> Warnings) FitLogged(Action<ToyRow> change)
    {
        var context = new MLContext(1);
        var log = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                log.Add(e.RawMessage);
        };
        return ((DeLoRATextTransformer)Fit(context, o => o with { Training = new() { Seed = 1, Epochs = 1 } }, change)(), log);
    }

    private static Func<object> Fit(MLContext context, Func<DeLoRATextClassificationOptions, DeLoRATextClassificationOptions> options,
        Action<ToyRow>? change = null)
        => BadInput.Fit(context, Toy.Options, options, change);

    private static Func<object> FitOneOfThree(MLContext context)
    {
        ITransformer mapping = Mapping(context);
        return () => Toy.Fit(context, mapping.Transform(context.Data.LoadFromEnumerable(Toy.Rows(30).Where(r => r.Class == "high"))));
    }

    private static Func<object> FitUnknown(MLContext context)
    {
        ITransformer mapping = Mapping(context);
        return () => Toy.Fit(context, mapping.Transform(context.Data.LoadFromEnumerable(Toy.Rows(9)
            .Select(r => new ToyRow { Text = r.Text, Class = "unheard of" }))));
    }

    private static ITransformer Mapping(MLContext context)
        => context.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(context.Data.LoadFromEnumerable(Toy.Rows(9)));

    private static Func<object> FitNaN(MLContext context, bool everyRow)
    {
        ToyRow[] rows = Toy.Rows(12);
        foreach (ToyRow row in rows)
            row.Number = everyRow || row.Number < 3 ? float.NaN : row.Number % 2;
        IDataView view = context.Data.LoadFromEnumerable(rows);
        IDataView data = context.Transforms.Conversion.MapValueToKey("Label", "Number").Fit(view).Transform(view);
        return () => Toy.Fit(context, data, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
    }

    private static Func<object> FitHugeKey(MLContext context)
        => () => Toy.Fit(context, context.Data.LoadFromEnumerable(new[] { new HugeKeyRow(), new HugeKeyRow { Label = 1 } }));

    private sealed class HugeKeyRow
    {
        public string Text { get; set; } = "x";

        [KeyType(uint.MaxValue)]
        public uint Label { get; set; }
    }
}
