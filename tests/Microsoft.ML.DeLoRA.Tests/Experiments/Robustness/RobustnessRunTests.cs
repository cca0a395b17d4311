using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

public class RobustnessRunTests
{
    [Fact]
    public void Measuring_changes_nothing_and_a_run_is_not_repeated()
    {
        using TemporaryDirectory folder = Data();
        RobustnessSettings settings = RobustnessRuns.Settings("DeLoRA") with { Factor = 2 };

        RobustnessResult result = RobustnessRuns.Plan(folder, settings).Run();
        GlueResult unmeasured = new GlueRun(settings.Run, new GlueDirectory(folder["data"]), folder["glue"]).Run();

        Assert.Equal(unmeasured.Epochs, result.Run.Epochs);
        Assert.Equal(unmeasured.Value, result.Run.Value);
        Assert.Equal(Enumerable.Range(1, 16), result.Steps.Select(s => s.Step));
        Assert.InRange(result.Distance!.Value, 1e-6, result.Bound!.Value);
        Assert.Equal(["rte-delora-both-x2-seed42.json"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName));
        RobustnessResult again = RobustnessRuns.Plan(folder, settings).Result!;
        Assert.Equal((result.Distance, result.Run.Seconds, result.Sweep), (again.Distance, again.Run.Seconds, again.Sweep));
        Assert.Equal(0.012, (double)again.Settings["learning_rate"]!);
    }

    [Fact]
    public void Files_of_other_settings_are_not_mixed_in()
    {
        using TemporaryDirectory folder = Data();
        RobustnessSettings settings = RobustnessRuns.Settings("LoRA");
        RobustnessRuns.Plan(folder, settings).Run();
        string message = Assert.Throws<InvalidOperationException>(
            () => RobustnessRuns.Plan(folder, settings with { Module = "encoder.layer.0.attention.self.value" })).Message;
        Assert.Contains("module is", message);
        File.WriteAllText(Directory.GetFiles(folder["out"]).Single(), "{}");
        Assert.Throws<InvalidDataException>(() => RobustnessRuns.Plan(folder, settings));
    }

    [Fact]
    public void A_method_that_cannot_be_merged_has_no_distance_and_full_fine_tuning_has()
    {
        using TemporaryDirectory folder = Data();
        RobustnessResult bottleneck = RobustnessRuns.Plan(folder, RobustnessRuns.Settings("Bottleneck")).Run();
        Assert.Empty(bottleneck.Steps);
        Assert.Null(bottleneck.Distance);
        Assert.InRange(RobustnessRuns.Plan(folder, RobustnessRuns.Settings("full")).Run().Distance!.Value, 1e-9, 1);
    }

    [Theory]
    [InlineData(1e38)]
    [InlineData(1e300)]
    public void A_factor_beyond_all_bounds_is_a_run_that_diverged_and_the_report_shows_a_gap(double factor)
    {
        using TemporaryDirectory folder = Data();
        RobustnessResult good = RobustnessRuns.Plan(folder, RobustnessRuns.Settings("DeLoRA")).Run();
        RobustnessResult result = RobustnessRuns.Plan(folder, RobustnessRuns.Settings("DeLoRA") with { Factor = factor }).Run();
        Assert.NotNull(result.Run.Diverged);
        Assert.Equal(double.NaN, result.Run.Value);
        string page = new RobustnessReport([good, result], []).Write(folder["report"]);
        Assert.True(File.Exists(page));
        Assert.DoesNotContain("NaN", System.Text.RegularExpressions.Regex.Match(File.ReadAllText(page), "<svg.*</svg>",
            System.Text.RegularExpressions.RegexOptions.Singleline).Value);
    }

    [Fact]
    public void What_cannot_run_is_refused()
    {
        using TemporaryDirectory folder = Data();
        RobustnessSettings settings = RobustnessRuns.Settings("LoRA");
        Assert.Throws<ArgumentException>(() => RobustnessRuns.Plan(folder, settings with { Factor = 0 }));
        Assert.Contains("no linear layer 'x'",
            Assert.Throws<ArgumentException>(() => RobustnessRuns.Plan(folder, settings with { Module = "x" }).Run()).Message);
        Assert.False(Directory.Exists(folder["out"]));
    }

    private static TemporaryDirectory Data()
    {
        var folder = new TemporaryDirectory();
        GlueFiles.WriteRte(folder["data"], 60, 20);
        return folder;
    }
}
