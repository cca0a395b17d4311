using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

public class GlueTableTests
{
    [Fact]
    public void The_table_has_mean_deviation_and_the_papers_rows()
    {
        string table = GlueTable.Create([Result("RTE", "DeLoRA", 42, 0.70), Result("RTE", "DeLoRA", 43, 0.74),
            Result("WNLI", "DeLoRA", 42, 0.5), Result("RTE", "VeRA", 42, 0.6)]);
        Assert.Equal(
            """
            | method                      | trained | RTE, accuracy | WNLI, accuracy | seeds          | time       |
            |-----------------------------|---------|---------------|----------------|----------------|------------|
            | DeLoRA                      | 1,000   | 72.0 (2.83)   | 50.0           | 42 43          | 0.00:04:30 |
            | DeLoRA, paper, RoBERTa-base | 0.3M    | 77.1 (3.65)   |                | 42 43 44 45 46 |            |
            | VeRA                        | 1,000   | 60.0          |                | 42             | 0.00:01:30 |

            """.ReplaceLineEndings("\n"), table);
    }

    [Fact]
    public void The_papers_rows_have_a_value_for_each_of_its_eight_tasks()
    {
        Assert.Equal(9, PaperResults.All.Count);
        Assert.All(PaperResults.All,
            row => Assert.Equal(GlueTasks.All.Select(t => t.Name).Where(n => n != "WNLI").Order(), row.Values.Keys.Order()));
        Assert.Equal((63.6, 1.52), PaperResults.Find("DeLoRA")!.Values["CoLA"]);
        Assert.Equal("full fine-tuning", PaperResults.Find("full")!.Method);
        Assert.Equal((88.5, null), PaperResults.Find("IA3")!.Values["STS-B"]);
        Assert.Null(PaperResults.Find("VeRA"));
    }

    // The paper's average column, which this table does not repeat, guards against a mistyped figure.
    [Theory]
    [InlineData("full fine-tuning", 85.6)]
    [InlineData("BitFit", 82.3)]
    [InlineData("IA3", 83.1)]
    [InlineData("LoReFT", 84.2)]
    [InlineData("RED", 84.3)]
    [InlineData("LoRA", 84.7)]
    [InlineData("Adapter-FFN", 84.7)]
    [InlineData("Adapter", 85.0)]
    [InlineData("DeLoRA", 85.6)]
    public void The_papers_rows_have_its_averages(string method, double average)
        => Assert.Equal(average, PaperResults.All.Single(r => r.Method == method).Values.Values.Average(v => v.Mean), 0.0501);

    private static GlueResult Result(string task, string method, int seed, double value) => new()
    {
        Task = task,
        Method = method,
        Seed = seed,
        Metric = "accuracy",
        SelectionMetric = "accuracy",
        Test = new Dictionary<string, double> { ["accuracy"] = value },
        Epochs = [],
        TrainRows = 1,
        ValidationRows = 1,
        TestRows = 1,
        TruncatedRows = 0,
        BrokenLines = [],
        TrainableParameters = 1500,
        HeadParameters = 500,
        Seconds = 90,
        Settings = [],
        Environment = RunEnvironment.Current(),
    };
}
