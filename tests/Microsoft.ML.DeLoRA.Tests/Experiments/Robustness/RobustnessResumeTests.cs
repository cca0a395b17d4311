using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

public class RobustnessResumeTests
{
    private const string Name = "rte-delora-both-x2-seed42";

    private static RobustnessSettings Settings()
        => RobustnessRuns.Settings("DeLoRA") with { Base = StoppedRuns.Settings(), Factor = 2 };

    private static string Content(TemporaryDirectory folder, string output)
        => StoppedRuns.Content(Path.Combine(folder[output], Name + ".json"));

    private static RobustnessRun Plan(TemporaryDirectory folder, string output = "out", RobustnessSettings? settings = null)
        => new(settings ?? Settings(), new GlueDirectory(folder["data"]), folder[output], folder["checkpoints"]);

    [Theory]
    [InlineData(1)]
    [InlineData(7, 9, 10)]
    [InlineData(18, 20)]
    public void A_cancelled_run_goes_on_to_the_same_result_file_distances_included(params int[] lives)
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        Plan(folder, "whole").Run();
        foreach (int reports in lives)
            StoppedRuns.Cancel((progress, token) => Plan(folder).Run(progress, token), reports);
        Assert.True(Directory.Exists(Path.Combine(folder["checkpoints"], Name)));
        RobustnessResult result = Plan(folder).Run();

        Assert.Equal(Enumerable.Range(1, 48), result.Steps.Select(s => s.Step));
        Assert.Equal(Content(folder, "whole"), Content(folder, "out"));
        Assert.False(Directory.Exists(folder["checkpoints"]));
    }

    [Fact]
    public void Distances_after_the_last_checkpoint_of_a_crash_are_measured_once()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        Plan(folder, "whole").Run();
        StoppedRuns.Crash((progress, token) => Plan(folder).Run(progress, token), 24);
        Plan(folder).Run();
        Assert.Equal(Content(folder, "whole"), Content(folder, "out"));
    }

    [Fact]
    public void Distances_of_another_module_are_not_gone_on_with()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        StoppedRuns.Cancel((progress, token) => Plan(folder).Run(progress, token), 12);
        string message = Assert.Throws<InvalidOperationException>(
            () => Plan(folder, settings: Settings() with { Module = "encoder.layer.0.attention.self.value" })).Message;
        Assert.Contains("module is", message);
        Assert.Contains(Path.Combine(folder["checkpoints"], Name), message);
    }
}
