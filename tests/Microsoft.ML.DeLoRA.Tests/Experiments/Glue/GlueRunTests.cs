using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

/// <summary>Whole runs on the tiny base model.</summary>
public class GlueRunTests
{
    [Fact]
    public void A_run_learns_reports_the_test_half_and_is_not_repeated()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 120, 61);
        GlueSettings settings = Settings(GlueTasks.Rte);
        var progress = new Collector();

        GlueResult result = Run(folder, settings, progress);
        GlueResult again = Plan(folder, settings).Result!;

        Assert.InRange(result.Value, 0.9, 1);
        Assert.Equal((120, 30, 31), (result.TrainRows, result.ValidationRows, result.TestRows));
        Assert.Equal(6, result.Epochs.Count);
        Assert.Equal(result.Epochs.Max(e => e.ValidationMetric), result.Epochs[result.BestEpoch!.Value - 1].ValidationMetric);
        Assert.Equal(2, progress.Notes.Count(n => n.Contains("not comparable")));
        Assert.NotEmpty(result.Environment.Processor);
        Assert.Equal((result.Value, result.BestEpoch, result.Seconds), (again.Value, again.BestEpoch, again.Seconds));
        Assert.Equal(result.Epochs, again.Epochs);
        Assert.Equal(["rte-delora-seed42.json"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName));
    }

    [Fact]
    public void Equal_seeds_give_equal_results_and_other_settings_are_not_mixed()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 20);
        GlueSettings settings = Settings(GlueTasks.Rte) with { MaxRows = 40 };
        GlueResult first = Run(folder, settings);
        File.Delete(folder[Path.Combine("out", "rte-delora-seed42.json")]);
        Assert.Equal(first.Epochs, Run(folder, settings).Epochs);
        Assert.Equal(40, first.TrainRows);

        string message = Assert.Throws<InvalidOperationException>(() => Plan(folder, settings with { MaxRows = 50 })).Message;
        Assert.Contains("max_rows is 40 there and 50 now", message);
        File.WriteAllText(folder[Path.Combine("out", "rte-delora-seed42.json")], "{}");
        Assert.Throws<InvalidDataException>(() => Plan(folder, settings));
    }

    [Fact]
    public void Regression_runs_and_chooses_by_Pearson()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteStsB(folder["data"], 120, 60);
        GlueResult result = Run(folder, Settings(GlueTasks.StsB));
        Assert.Equal(["mean of Pearson and Spearman", "Pearson", "Spearman"], result.Test.Keys);
        Assert.Equal("Pearson", result.SelectionMetric);
        Assert.InRange(result.Test["Pearson"], 0.8, 1);
        Assert.Equal((result.Test["Pearson"] + result.Test["Spearman"]) / 2, result.Value, 1e-12);
    }

    [Fact]
    public void MNLI_is_also_tested_on_the_mismatched_set()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteMnli(folder["data"], 60);
        GlueResult result = Run(folder, Settings(GlueTasks.Mnli with { ValidationRows = 20 }));
        Assert.Equal((20, 40), (result.ValidationRows, result.TestRows));
        Assert.InRange(result.Value, 0.8, 1);
        Assert.InRange(result.TestMismatched!["accuracy"], 0.8, 1);
    }

    [Theory]
    [InlineData("rte")]
    [InlineData("stsb")]
    public void A_run_that_diverges_is_reported_and_not_dropped(string task)
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 20);
        GlueFiles.WriteStsB(folder["data"], 60, 20);
        GlueSettings settings = Settings(GlueTasks.Find(task));
        GlueResult result = Run(folder, settings with { Training = settings.Training with { LearningRate = 1e30 } });
        Assert.NotNull(result.Diverged);
        Assert.Null(result.BestEpoch);
        Assert.Equal(double.NaN, result.Value);
        Assert.Equal(double.NaN, GlueResult.Read(Directory.GetFiles(folder["out"]).Single()).Value);
        Assert.Contains("undefined in 1 of 1", GlueTable.Create([result]));
    }

    // In float32 the last of them is infinite already when it is given to libtorch.
    [Theory]
    [InlineData(1e38)]
    [InlineData(1e300)]
    public void A_rate_beyond_all_bounds_is_a_run_that_diverged_and_not_the_end_of_the_command(double rate)
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 20);
        GlueSettings settings = Settings(GlueTasks.Rte);
        GlueResult result = Run(folder, settings with { Training = settings.Training with { LearningRate = rate } });
        Assert.Contains("became NaN in step", result.Diverged);
        Assert.Equal(double.NaN, result.Value);
        Assert.Null(result.BestEpoch);
    }

    [Fact]
    public void A_run_that_is_stopped_early_within_its_first_epoch_has_figures()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 20);
        GlueSettings settings = Settings(GlueTasks.Rte);
        // Accuracy cannot gain 2: over after the second of eight steps.
        GlueResult result = Run(folder, settings with
        {
            Training = settings.Training with { EvaluateEverySteps = 1, EarlyStopping = new() { Patience = 1, MinDelta = 2 } },
        });
        Assert.Empty(result.Epochs);
        Assert.Equal([1, 2], result.Evaluations.Select(e => e.Step));
        Assert.True(result.StoppedEarly);
        Assert.Null(result.Diverged);
        Assert.Equal(1, result.BestEpoch);
        Assert.InRange(result.Value, 0, 1);
        GlueResult read = GlueResult.Read(Directory.GetFiles(folder["out"]).Single());
        Assert.Equal((result.Value, true), (read.Value, read.StoppedEarly));
        Assert.Equal(result.Evaluations, read.Evaluations);
    }

    [Fact]
    public void A_run_that_diverges_after_an_evaluation_in_its_first_epoch_has_figures_of_that()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 20);
        GlueSettings settings = Settings(GlueTasks.Rte);
        GlueResult result = Run(folder, settings with
        {
            Training = settings.Training with
            {
                EvaluateEverySteps = 2,
                LearningRate = 1e-3,
                Schedule = new Microsoft.ML.DeLoRA.Tests.Training.DivergenceTests.Explosion(5),
            },
        });
        Assert.Contains("in step 6", result.Diverged);
        Assert.Empty(result.Epochs);
        Assert.Equal([2, 4], result.Evaluations.Select(e => e.Step));
        Assert.InRange(result.Value, 0, 1);
    }

    [Fact]
    public void A_cancelled_run_leaves_no_result_file()
    {
        using var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 20);
        using var source = new CancellationTokenSource();
        var progress = new Collector { AfterStep = source.Cancel };
        Assert.ThrowsAny<OperationCanceledException>(() => Plan(folder, Settings(GlueTasks.Rte)).Run(progress, source.Token));
        Assert.Empty(Directory.GetFiles(folder["out"]));
    }

    [Fact]
    public void What_cannot_run_is_refused_when_it_is_planned()
    {
        using var folder = new TemporaryDirectory();
        GlueSettings settings = Settings(GlueTasks.Rte);
        Assert.Contains("gluebenchmark.com", Assert.Throws<FileNotFoundException>(() => Plan(folder, settings)).Message);
        GlueFiles.WriteRte(folder["data"], 10, 10);
        Assert.Throws<ArgumentException>(() => Plan(folder, settings with { MaxRows = 0 }));
        Assert.Throws<ArgumentException>(() => Plan(folder, settings with { Training = settings.Training with { Seed = -1 } }));
    }

    private static GlueSettings Settings(GlueTask task)
    {
        var preset = GlueSettings.Preset(task, "DeLoRA", 42);
        return preset with
        {
            BaseModel = TinyBase.Directory,
            Training = preset.Training with { Epochs = 6, BatchSize = 8, LearningRate = 0.01 }
        };
    }

    private static GlueRun Plan(TemporaryDirectory folder, GlueSettings settings)
        => new(settings, new GlueDirectory(folder["data"]), folder["out"]);

    private static GlueResult Run(TemporaryDirectory folder, GlueSettings settings, IGlueProgress? progress = null)
        => Plan(folder, settings).Run(progress);

    private sealed class Collector : IGlueProgress
    {
        public Action? AfterStep { get; init; }

        public List<string> Notes { get; } = [];

        public void Report(TrainingProgress value) => AfterStep?.Invoke();

        public void Note(string message) => Notes.Add(message);
    }
}
