using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.Training.Resuming;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Logs;

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
}
