using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Tests.Cli.Shell;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary>What <c>train</c> says about itself, and that its options arrive.</summary>
[Collection("console")]
public class TrainReportTests
{
    [Fact]
    public async Task It_says_what_it_read_what_it_trains_and_how_long_it_took()
    {
        using var folder = new TemporaryDirectory();
        ToolRun run = await ToolRun.Of([.. Line(folder, rows: 20), "--eval-fraction", "0.2", "--epochs", "2", "--method", "LoRA",
            "--max-length", "8"]);
        string errors = string.Join('\n', run.Errors);
        Assert.Equal(0, run.Status);
        foreach (string part in new[]
        {
            $"16 rows of {folder["train.tsv"]} to train on; 4 more are held back for evaluation.",
            "2 classes: low 12, high 8.",
            "parameters are trained (", "learning rate 6e-4.",
            "cpu, ", ", float32; texts of at most 8 tokens.",
            "tokens and lost their ends; --max-length, an option of training, sets that length.",
            "  validation accuracy 0.",
        })
        {
            Assert.Contains(part, errors);
        }
        Assert.DoesNotContain("Source=", errors);
        Assert.Contains($"LoRA on {TinyBase.Directory}: ", errors);
        Assert.Matches(@"Best epoch [12]: accuracy [01]\.\d{4} on the evaluation rows\.\s+Saved to .*m\.zip\. It took \d+\.\d s in all\.\s*$", run.Output);
    }

    /// <summary>Each line is named when it is refused, so it arrives where it is checked.</summary>
    [Theory]
    [InlineData("--gradient-accumulation is 0; it must be at least 1.", "--gradient-accumulation", "0")]
    [InlineData("--weight-decay is -1; it must be a finite number of at least 0.", "--weight-decay", "-1")]
    [InlineData("--lambda-weight-decay is -1; it must be a finite number of at least 0.", "--lambda-weight-decay", "-1")]
    [InlineData("--warmup-ratio is 2; it must be from 0 to 1.", "--warmup-ratio", "2")]
    [InlineData("--max-gradient-norm is 0; it must be a finite number above 0.", "--max-gradient-norm", "0")]
    [InlineData("--eval-fraction is 1; it must be a number above 0 and below 1.", "--eval-fraction", "1")]
    [InlineData("--eval and --eval-fraction cannot be given together.", "--eval-fraction", "0.1", "--eval", "x.tsv")]
    [InlineData("--metric needs --eval or --eval-fraction: rows that are evaluated.", "--metric", "F1")]
    [InlineData("--min-delta needs --patience: the number of evaluations without such a gain.", "--min-delta", "1")]
    [InlineData("--threads is 0; it must be from 1 to 1024.", "--threads", "0")]
    [InlineData("--focal is 2; it cannot be given together with --label-smoothing.", "--focal", "2", "--label-smoothing", "0.1")]
    [InlineData("--checkpoint-every-minutes is 1E+30; it must be a number from 0 to 525600.", "--checkpoints", "run",
        "--checkpoint-every-minutes", "1e30")]
    public async Task An_option_out_of_range_is_named_by_its_flag_before_a_file_is_read(string message, params string[] arguments)
    {
        using var folder = new TemporaryDirectory();
        string[] line = Line(folder, rows: 4);
        File.Delete(folder["train.tsv"]);
        Assert.Equal(message, (await ToolRun.Of([.. line, .. arguments])).Complaint());
    }

    /// <summary>The parameters after training differ from those without the option: it does something.</summary>
    [Fact]
    public async Task Every_new_option_changes_what_is_trained()
    {
        using var folder = new TemporaryDirectory();
        byte[] plain = await Model([]);
        Assert.Equal(plain, await Model(["--gradient-accumulation", "1", "--schedule", "linear", "--precision", "float32"]));
        foreach (string[] option in new string[][]
        {
            ["--gradient-accumulation", "2"], ["--weight-decay", "0.5"], ["--warmup-ratio", "0.5"], ["--schedule", "constant"],
            ["--max-gradient-norm", "0.01"],
            ["--warmup-steps", "5"], ["--schedule", "cosine"], ["--beta1", "0.5"], ["--beta2", "0.5"], ["--epsilon", "0.1"],
            ["--lambda-weight-decay", "0.5"], ["--precision", "bfloat16"], ["--eval-fraction", "0.5"], ["--seed", "2"],
        })
        {
            Assert.NotEqual(plain, await Model(option));
        }

        async Task<byte[]> Model(string[] option)
        {
            ToolRun run = await ToolRun.Of([.. Line(folder, rows: 24), "--epochs", "3", "--batch", "4", .. option]);
            Assert.True(run.Status == 0, string.Join('\n', run.Errors));
            var context = new MLContext();
            using TextModel model = SavedModels.TextModel(SavedModels.Load(context, folder["m.zip"]))!;
            return [.. model.Parts.Adapters!.Adapters.SelectMany(a => a.Parameters)
                .SelectMany(p => p.Value.detach().cpu().contiguous().bytes.ToArray())];
        }
    }

    [Fact]
    public void Train_and_glue_share_one_table_of_rates()
    {
        foreach (AdapterMethod method in AdapterMethods.All.Where(m => m is not DeLoRAMethod))
            Assert.Equal(SuggestedLearningRates.Of(method), GlueMethods.Create(GlueTasks.Rte, method.Name).Training.LearningRate);
        Assert.Equal(new TrainingOptions().LearningRate, SuggestedLearningRates.Of(new DeLoRAMethod()));
        Assert.Equal((6e-4, 6e-3, 2e-5, 1e-3),
            (SuggestedLearningRates.Of(new LoRAMethod()), SuggestedLearningRates.Of(new ETHERPlusMethod()),
            SuggestedLearningRates.Of(new FullFineTuningMethod()), SuggestedLearningRates.Of(null)));
    }

    [Fact]
    public void Classes_labels_and_numbers_are_summed_up()
    {
        LabelledText[] rows = [.. Enumerable.Range(0, 30).Select(i => new LabelledText { Label = $"c{i % 14:D2}", Number = i })];
        Assert.Equal("14 classes: c00 3, c01 3, c02 2, c03 2, c04 2, c05 2, c06 2, c07 2, c08 2, c09 2, c10 2, c11 2, ...",
            TrainReport.Classes(rows));
        Assert.Equal("Labels from 0 to 29, 14.5 in the mean.", TrainReport.Numbers(rows));
        MultiLabelText[] texts = [new() { Labels = [true, false] }, new() { Labels = [true, true] }, new() { Labels = [true, false] }];
        Assert.Equal("2 labels: b 3, a 1.", TrainReport.Labels(new MultiLabelTexts(["b", "a"], texts)));
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "0 min 59 s")]
    [InlineData(125, "2 min 5 s")]
    [InlineData(12000, "3 h 20 min")]
    [InlineData(100000, "27 h 46 min")]
    public void A_time_is_said_as_people_say_it(double seconds, string text)
        => Assert.Equal(text, TrainReport.Duration(TimeSpan.FromSeconds(seconds)));

    private static string[] Line(TemporaryDirectory folder, int rows)
    {
        File.WriteAllLines(folder["train.tsv"],
            ["Text\tClass", .. Enumerable.Range(0, rows).Select(i => i % 5 < 3 ? $"abcde{i}abc\tlow" : $"vwxyz{i}vwxyz\thigh")]);
        return ["train", "--data", folder["train.tsv"], "--text", "Text", "--label", "Class", "--base", TinyBase.Directory, "--save",
            folder["m.zip"]];
    }
}
