using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

public class GlueResumeTests
{
    private const string Name = "rte-delora-seed42";

    private static string Checkpoints(TemporaryDirectory folder) => folder[Path.Combine("out", "checkpoints", Name)];

    private static string ResultFile(TemporaryDirectory folder, string output = "out") => folder[Path.Combine(output, Name + ".json")];

    private static GlueRun Plan(TemporaryDirectory folder, GlueSettings? settings = null, string output = "out")
        => new(settings ?? StoppedRuns.Settings(), new GlueDirectory(folder["data"]), folder[output]);

    private static string Whole(TemporaryDirectory folder, GlueSettings? settings = null)
    {
        Plan(folder, settings, "whole").Run();
        return StoppedRuns.Content(ResultFile(folder, "whole"));
    }

    // Nine reports an epoch: eight steps, and the epoch's end.
    [Theory]
    [InlineData(1)]
    [InlineData(4, 1, 30)]
    [InlineData(8, 9, 9)]
    [InlineData(9, 18)]
    [InlineData(53)]
    public void A_cancelled_run_goes_on_to_the_same_result_file(params int[] lives)
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        string whole = Whole(folder);
        foreach (int reports in lives)
            StoppedRuns.Cancel((progress, token) => Plan(folder).Run(progress, token), reports);
        Assert.NotEmpty(Directory.GetFiles(Checkpoints(folder), "checkpoint-*"));
        Assert.False(File.Exists(ResultFile(folder)));

        GlueResult result = Plan(folder).Run();

        Assert.Equal(whole, StoppedRuns.Content(ResultFile(folder)));
        Assert.Equal(Enumerable.Range(1, 6), result.Epochs.Select(e => e.Epoch));
        double? best = result.Epochs.Max(e => e.ValidationMetric);
        Assert.Equal(result.BestEpoch, result.Epochs.Where(e => e.ValidationMetric == best).MinBy(e => e.ValidationLoss)!.Epoch);
        Assert.False(Directory.Exists(folder[Path.Combine("out", "checkpoints")]));
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(31, 3)]
    [InlineData(54, 5)]
    public void A_run_that_crashes_goes_on_from_the_end_of_its_last_epoch(int reports, int epochs)
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        string whole = Whole(folder);
        StoppedRuns.Crash((progress, token) => Plan(folder).Run(progress, token), reports);
        string[] saved = [.. Directory.GetFiles(Checkpoints(folder), "checkpoint-*").Select(f => Path.GetFileName(f)).Order()];
        Assert.Equal(epochs == 0 ? "none" : $"checkpoint-{8 * epochs:D8}.safetensors", saved.LastOrDefault("none"));
        Plan(folder).Run();
        Assert.Equal(whole, StoppedRuns.Content(ResultFile(folder)));
    }

    [Fact]
    public void Time_makes_checkpoints_too_and_two_are_kept()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        GlueSettings often = StoppedRuns.Settings() with { CheckpointInterval = TimeSpan.FromTicks(1) };
        StoppedRuns.Crash((progress, token) => Plan(folder, often).Run(progress, token), 5);
        Assert.Equal(["checkpoint-00000003.safetensors", "checkpoint-00000004.safetensors"],
            Directory.GetFiles(Checkpoints(folder), "*.safetensors").Select(f => Path.GetFileName(f)).Order());
        // The interval is no setting that a result depends on.
        string whole = Whole(folder);
        Plan(folder).Run();
        Assert.Equal(whole, StoppedRuns.Content(ResultFile(folder)));
    }

    [Fact]
    public void The_seconds_of_all_lives_are_counted()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        StoppedRuns.Cancel((progress, token) => Plan(folder).Run(progress, token), 20);
        string newest = Directory.GetFiles(Checkpoints(folder), "checkpoint-*").Order().Last();
        using (var file = Microsoft.ML.DeLoRA.Training.Runs.RunFile.Open(newest))
            Assert.True((double)file.Position.Journal!["Seconds"]! > 0);
    }

    [Fact]
    public void A_run_that_diverges_after_a_stop_is_reported_as_it_would_have_been()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        GlueSettings settings = StoppedRuns.Settings();
        settings = settings with { Training = settings.Training with { Schedule = new LateExplosion(), LearningRate = 1e-3 } };
        string whole = Whole(folder, settings);
        StoppedRuns.Cancel((progress, token) => Plan(folder, settings).Run(progress, token), 12);
        GlueResult result = Plan(folder, settings).Run();
        Assert.Equal(whole, StoppedRuns.Content(ResultFile(folder)));
        Assert.Equal(3, result.Epochs.Count);
        Assert.Contains("The loss became NaN in step", result.Diverged);
        Assert.DoesNotContain("checkpoint", result.Diverged);
        Assert.True(double.IsFinite(result.Value));
    }

    [Fact]
    public void A_run_of_other_settings_does_not_go_on_from_its_checkpoints()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        GlueSettings settings = StoppedRuns.Settings();
        StoppedRuns.Cancel((progress, token) => Plan(folder).Run(progress, token), 12);
        string message = Assert.Throws<InvalidOperationException>(
            () => Plan(folder, settings with { Training = settings.Training with { LearningRate = 0.006 } })).Message;
        Assert.Contains($"'{Checkpoints(folder)}' has checkpoints of a run with other settings", message);
        Assert.Contains("learning_rate is 0.005 there and 0.006 now", message);
        Assert.Contains("delete that folder", message);

        GlueFiles.WriteRte(folder["data"], 61, 30);
        message = Assert.Throws<InvalidOperationException>(() => Plan(folder).Run()).Message;
        Assert.Contains(Checkpoints(folder), message);
        Assert.Contains("training rows was 60", message);
        Assert.Contains("delete the checkpoints", message);
    }

    [Fact]
    public void A_stopped_run_goes_on_for_more_epochs_where_the_rates_do_not_depend_on_them()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        GlueSettings settings = StoppedRuns.Settings();
        TrainingOptions constant = settings.Training with { Schedule = new ConstantSchedule(), WarmupRatio = 0, LearningRate = 1e-3 };
        settings = settings with { Training = constant };
        GlueSettings shorter = settings with { Training = settings.Training with { Epochs = 3 } };
        string whole = Whole(folder, settings);
        StoppedRuns.Cancel((progress, token) => Plan(folder, shorter).Run(progress, token), 12);
        Plan(folder, settings).Run();
        Assert.Equal(whole, StoppedRuns.Content(ResultFile(folder)));

        using TemporaryDirectory other = StoppedRuns.Data();
        StoppedRuns.Cancel((progress, token) => Plan(other).Run(progress, token), 12);
        settings = StoppedRuns.Settings();
        string message = Assert.Throws<InvalidOperationException>(
            () => Plan(other, settings with { Training = settings.Training with { Epochs = 9 } }).Run()).Message;
        Assert.Contains("training.Epochs was 6 and is 9, with which step 2, that is done, would have had the learning rate", message);
        // And the run can still go on as it was.
        Plan(other).Run();
        Assert.True(File.Exists(ResultFile(other)));
    }

    [Fact]
    public void Settings_of_a_run_that_left_no_checkpoint_bind_nobody()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        GlueSettings settings = StoppedRuns.Settings();
        StoppedRuns.Crash((progress, token) => Plan(folder).Run(progress, token), 1);
        Plan(folder, settings with { Training = settings.Training with { Epochs = 1 } }).Run();
        Assert.False(Directory.Exists(Checkpoints(folder)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{")]
    [InlineData("[]")]
    public void Checkpoints_without_settings_are_of_nobody_knows_which_run(string? settings)
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        StoppedRuns.Cancel((progress, token) => Plan(folder).Run(progress, token), 12);
        string file = Path.Combine(Checkpoints(folder), "settings.json");
        File.Delete(file);
        if (settings is not null)
            File.WriteAllText(file, settings);
        string message = Assert.Throws<InvalidDataException>(() => Plan(folder)).Message;
        Assert.Contains($"'{Checkpoints(folder)}' has checkpoints", message);
        Assert.Contains("delete that folder", message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_and_foreign_checkpoints_are_refused_with_their_folder(bool foreign)
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        StoppedRuns.Cancel((progress, token) => Plan(folder).Run(progress, token), 12);
        foreach (string file in Directory.GetFiles(Checkpoints(folder), "*.safetensors"))
        {
            if (foreign)
                File.Copy(Path.Combine(TinyBase.Directory, "model.safetensors"), file, overwrite: true);
            else
                File.WriteAllBytes(file, File.ReadAllBytes(file)[..^7]);
        }
        string message = Assert.Throws<InvalidDataException>(() => Plan(folder).Run()).Message;
        Assert.Contains($"in '{Checkpoints(folder)}' is whole", message);
        Assert.Contains("delete them", message);
        Assert.False(File.Exists(ResultFile(folder)));
    }

    [Fact]
    public void Two_processes_cannot_make_the_same_run_at_once()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        IOException? error = null;
        StoppedRuns.Cancel((progress, token) => Plan(folder).Run(new Both(progress, Again), token), 3);
        Assert.Contains($"'{Checkpoints(folder)}' is in use by another run", error!.Message);

        void Again() => error ??= Assert.Throws<IOException>(() => Plan(folder).Run());
    }

    [Fact]
    public void What_a_killed_process_left_after_the_result_is_removed_but_no_file_of_somebody_else()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        StoppedRuns.Cancel((progress, token) => Plan(folder).Run(progress, token), 12);
        Directory.CreateDirectory(folder["kept"]);
        foreach (string file in Directory.GetFiles(Checkpoints(folder)))
            File.Copy(file, Path.Combine(folder["kept"], Path.GetFileName(file)));
        Plan(folder).Run();
        Assert.False(Directory.Exists(Checkpoints(folder)));

        Directory.CreateDirectory(Path.GetDirectoryName(Checkpoints(folder))!);
        Directory.Move(folder["kept"], Checkpoints(folder));
        File.WriteAllText(Path.Combine(Checkpoints(folder), "mine.txt"), "");
        Plan(folder).Run();
        Assert.Equal(["mine.txt"], Directory.GetFileSystemEntries(Checkpoints(folder)).Select(Path.GetFileName));
    }

    [Fact]
    public void A_run_has_its_own_checkpoints_at_sensible_intervals()
    {
        using TemporaryDirectory folder = StoppedRuns.Data();
        GlueSettings settings = StoppedRuns.Settings();
        TrainingOptions own = settings.Training with { Checkpoints = new CheckpointOptions { Directory = folder["x"] } };
        Assert.Contains("CheckpointInterval",
            Assert.Throws<ArgumentException>(() => Plan(folder, settings with { Training = own })).Message);
        Assert.Throws<ArgumentException>(() => Plan(folder, settings with { CheckpointInterval = TimeSpan.FromTicks(-1) }));
    }

    private sealed record LateExplosion : LearningRateSchedule
    {
        // In the fourth epoch.
        protected override double AfterWarmup(int step, double warmupSteps, int totalSteps) => step < 28 ? 1 : 1e33;
    }

    private sealed class Both(IGlueProgress first, Action second) : IGlueProgress
    {
        public void Report(TrainingProgress value)
        {
            second();
            first.Report(value);
        }

        public void Note(string message) => first.Note(message);
    }
}
