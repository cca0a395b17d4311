using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Training.Runs;

namespace Microsoft.ML.DeLoRA.Tests.Training.Logs;

public class CsvLogTests
{
    private static TrainingProgress Step(int step, double loss = 0.5) => new(1, 2, step, 8, loss, 0.001, 123.45, TimeSpan.Zero, null);

    private static TrainingProgress Evaluated(int step) => Step(step) with { Evaluation = new(1, 0.75, 0.25, 0.9) { Step = step } };

    [Fact]
    public void Steps_and_results_have_a_line_each()
    {
        using var folder = new TemporaryDirectory();
        string path = Path.Combine(folder.Path, "logs", "run.csv");
        using (var log = new CsvLog(path))
        {
            log.Report(Step(1, double.NaN));
            log.Report(Step(2));
            log.Report(Step(2) with { FinishedEpoch = new(1, 0.75, null, null) });
            log.Report(Evaluated(2));
            // What is reported can be read while the run goes on.
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            Assert.Equal(5, reader.ReadToEnd().TrimEnd().Split('\n').Length);
        }
        Assert.Equal(
            [
                "step,epoch,loss,learning_rate,rows_per_second,epoch_loss,validation_loss,validation_metric",
                "1,1,NaN,0.001,123.5,,,", "2,1,0.5,0.001,123.5,,,", "2,1,0.5,0.001,123.5,0.75,,", "2,1,0.5,0.001,123.5,0.75,0.25,0.9",
            ],
            File.ReadAllLines(path));
    }

    [Fact]
    public void A_resumed_run_goes_on_in_the_file()
    {
        using var folder = new TemporaryDirectory();
        string[] Steps(params TrainingProgress[] reports)
        {
            using (var log = new CsvLog(folder["run.csv"]))
                Array.ForEach(reports, log.Report);
            return [.. File.ReadAllLines(folder["run.csv"]).Skip(1).Select(l => l[..1] + (l.EndsWith(",,,") ? "" : "e"))];
        }
        Steps(Step(1), Step(2), Evaluated(2), Step(3), Step(4), Evaluated(4));
        File.AppendAllText(folder["run.csv"], "5,1,0.3");
        Assert.Equal(["1", "2", "2e", "3", "4", "4e"], Steps(Step(3), Step(4), Evaluated(4)));
        // The checkpoint may lie between a step and its evaluation.
        Assert.Equal(["1", "2", "2e", "3", "4", "4e", "5"], Steps(Evaluated(4), Step(5)));
        Assert.Equal(["1"], Steps(Step(1)));
    }

    [Fact]
    public void The_file_of_a_stopped_and_resumed_run_is_that_of_a_whole_one()
    {
        using var folder = new TemporaryDirectory();
        string[] Run(string file, TrainingOptions options, params int[] stops)
        {
            foreach (int stop in stops.Append(int.MaxValue))
            {
                using var log = new CsvLog(folder[file]);
                using var cancellation = new CancellationTokenSource();
                var progress = new CombinedProgress(log, new ProgressCollector(p =>
                {
                    if (p.Step == stop)
                        cancellation.Cancel();
                }));
                _ = Record.Exception(() => SmallRun.Train(options, progress, cancellation.Token));
            }
            return [.. File.ReadAllLines(folder[file]).Select(l => string.Join(',', l.Split(',').Where((_, column) => column != 4)))];
        }
        TrainingOptions saved = SmallRun.Options with { Checkpoints = new() { Directory = folder["run"], Resume = true } };
        Assert.Equal(Run("whole.csv", SmallRun.Options), Run("parts.csv", saved, 4, 6, 13));
    }

    [Theory]
    [InlineData("a,b\n1,2\n")]
    [InlineData("step,epoch,loss\n1,2,3\n")]
    [InlineData("my notes")]
    [InlineData("step,epoch,loss,learning_rate,rows_per_second,epoch_loss,validation_loss,validation_metric,mine\n")]
    public void A_file_that_is_no_log_is_refused_and_not_touched(string content)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["file"], content);
        string message = Assert.Throws<IOException>(() => new CsvLog(folder["file"])).Message;
        Assert.Contains("holds something else than the log of a training", message);
        Assert.Equal(content, File.ReadAllText(folder["file"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("step,ep")]
    public void A_log_that_a_killed_process_left_without_a_line_is_begun_anew(string content)
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["run.csv"], content);
        using (var log = new CsvLog(folder["run.csv"]))
            log.Report(Step(1));
        Assert.Equal(2, File.ReadAllLines(folder["run.csv"]).Length);
    }

    [Fact]
    public void The_log_of_an_earlier_run_is_replaced_with_the_first_report_only()
    {
        using var folder = new TemporaryDirectory();
        using (var log = new CsvLog(folder["run.csv"]))
            log.Report(Step(1));
        string before = File.ReadAllText(folder["run.csv"]);
        new CsvLog(folder["run.csv"]).Dispose();
        Assert.Equal(before, File.ReadAllText(folder["run.csv"]));
        new CsvLog(folder["unused.csv"]).Dispose();
        Assert.False(File.Exists(folder["unused.csv"]));
    }

    [Fact]
    public void A_full_disk_costs_no_line_of_the_log()
    {
        using var disk = new SmallDisk(256);
        using (var log = new CsvLog(disk["run.csv"]))
        {
            for (int step = 1; step <= 300; step++)
                log.Report(Step(step));
        }
        string[] before = File.ReadAllLines(disk["run.csv"]);
        disk.Fill();
        Assert.ThrowsAny<IOException>(() => new CsvLog(disk["run.csv"]));
        Assert.Equal(before, File.ReadAllLines(disk["run.csv"]));
    }
}
