
namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>
/// What is wrong with data or options whatever the task is said before training starts: what, what was found, what to do.
/// </summary>
public class CommonBadInputTests
{
    /// <summary>
    /// A name, what is wrong (from the good data and options of a task to bad ones), the exception, and words that it says.
    /// </summary>
    private static readonly (string Name, Func<MLContext, DeLoRATextOptions, Func<object>> Make, Type Exception, string[] Said)[] _cases =
    [
        ("missing label column", Options(o => o with { LabelColumnName = "Labell" }), typeof(ArgumentOutOfRangeException),
            ["label column 'Labell'", "'Text'", "'Label'"]),
        ("missing text column", Options(o => o with { TextColumnName = "Texte" }), typeof(ArgumentOutOfRangeException),
            ["text column 'Texte'", "'Text'"]),
        ("missing second text column", Options(o => o with { SecondTextColumnName = "Other" }), typeof(ArgumentOutOfRangeException),
            ["text column 'Other'"]),
        ("one column for both texts", Options(o => o with { SecondTextColumnName = "Text" }), typeof(ArgumentException),
            ["SecondTextColumnName is Text", "another column than TextColumnName"]),
        ("label is text", Options(o => o with { LabelColumnName = "Class" }), typeof(ArgumentOutOfRangeException), ["'Class'", "String"]),
        ("label is a vector of numbers", Options(o => o with { LabelColumnName = "Vector" }), typeof(ArgumentOutOfRangeException),
            ["'Vector'", "Vector<Single, 2>"]),
        ("text is a number", Options(o => o with { TextColumnName = "Number" }), typeof(ArgumentOutOfRangeException),
            ["'Number'", "String", "Single"]),
        ("text is a vector", Options(o => o with { TextColumnName = "Vector" }), typeof(ArgumentOutOfRangeException),
            ["'Vector'", "Vector<Single, 2>"]),
        ("no text at all", Rows(r => r.Text = "  "), typeof(InvalidOperationException), ["'Text'", "empty"]),
        ("half a surrogate pair", Rows(r => r.Text = "a\ud800"), typeof(ArgumentException), ["Row 0", "surrogate"]),
        ("missing base directory", Options(o => o with { BaseModel = "no/such/place" }), typeof(DirectoryNotFoundException),
            ["no/such/place"]),
        ("rank larger than the matrix", Options(o => o with { Adapter = new DeLoRAMethod { Rank = 33 } }), typeof(ArgumentException),
            ["rank 33", "query", "1 to 32"]),
        ("no such module", Options(o => o with { Adapter = new DeLoRAMethod { TargetModules = ["q_proj"] } }), typeof(ArgumentException),
            ["q_proj", "attention.self.query"]),
        ("length beyond the model", Options(o => o with { MaxLength = 65 }), typeof(ArgumentException), ["MaxLength", "65", "64"]),
        ("a learning rate of minus one", Options(o => o with { Training = new() { Seed = 1, LearningRate = -1 } }),
            typeof(ArgumentException), ["LearningRate", "-1"]),
        ("no epoch", Options(o => o with { Training = new() { Seed = 1, Epochs = 0 } }), typeof(ArgumentException), ["Epochs", "0"]),
        ("validation fraction of one", Options(o => o with { ValidationFraction = 1 }), typeof(ArgumentException),
            ["ValidationFraction", "1"]),
        ("metric without validation", Options(o => o with { Metric = new LabelCrossEntropy() }), typeof(ArgumentException),
            ["Metric needs rows", "ValidationFraction"]),
        ("early stopping without validation", Options(o => o with { Training = new() { Seed = 1, EarlyStopping = new() } }),
            typeof(ArgumentException), ["EarlyStopping needs rows", "ValidationSet"]),
        ("steps without validation", Options(o => o with { Training = new() { Seed = 1, EvaluateEverySteps = 9 } }),
            typeof(ArgumentException), ["EvaluateEverySteps needs rows", "ValidationSet"]),
        ("fraction and set", (c, good) => BadInput.Fit(c, good, o => o with { ValidationFraction = 0.5,
            ValidationSet = Toy.Data(c, Toy.Rows(9)) }), typeof(ArgumentException), ["ValidationFraction", "ValidationSet"]),
        ("validation set without the text", (c, good) => BadInput.Fit(c, good, o => o with { ValidationSet = WithoutText(c) }),
            typeof(ArgumentOutOfRangeException), ["'Text'"]),
        ("empty name of the text", Options(o => o with { TextColumnName = "" }), typeof(ArgumentException), ["TextColumnName"]),
        ("empty name of the score", Options(o => o with { ScoreColumnName = "" }), typeof(ArgumentException), ["ScoreColumnName"]),
        ("a metric of another task",
            (c, good)
            => BadInput.Fit(c, good, o => o with { Metric = good is DeLoRATextRegressionOptions ? new Accuracy() : new PearsonCorrelation(),
            ValidationFraction = 0.5 }), typeof(ArgumentException), ["cannot choose the best epoch", "it is for "]),
        ("a GPU that is not there", (c, good) => { c.GpuDeviceId = 99; return BadInput.Fit(c, good, o => o); },
            typeof(InvalidOperationException), ["GPU 99", "GpuDeviceId", "FallbackToCpu"]),
        ("cancelled", Options(o => o with { CancellationToken = new CancellationToken(true) }), typeof(OperationCanceledException), []),
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var row in _cases)
            {
                foreach (DeLoRATextOptions task in Toy.AllTasks)
                    rows.Add(row.Name, task.GetType().Name);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void FitSaysWhatIsWrong(string name, string task)
    {
        var (_, make, exception, said) = _cases.Single(c => c.Name == name);
        DeLoRATextOptions good = Toy.AllTasks.Single(t => t.GetType().Name == task);
        BadInput.IsRefused($"{name}, {task}", context => make(context, good), exception, said);
    }

    private static Func<MLContext, DeLoRATextOptions, Func<object>> Options(Func<DeLoRATextOptions, DeLoRATextOptions> change)
        => (context, good) => BadInput.Fit(context, good, change);

    private static Func<MLContext, DeLoRATextOptions, Func<object>> Rows(Action<ToyRow> change)
        => (context, good) => BadInput.Fit(context, good, o => o, change);

    private static IDataView WithoutText(MLContext context)
    {
        IDataView data = Toy.Data(context, Toy.Rows(9));
        return context.Transforms.DropColumns("Text").Fit(data).Transform(data);
    }
}
