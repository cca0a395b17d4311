using System.Diagnostics;
using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Tests.MLNet;

namespace Microsoft.ML.DeLoRA.Tests.Training.Runs;

/// <summary>A run in a process of its own, which a test kills.</summary>
internal static class KilledRun
{
    private static readonly TrainingOptions _options = SmallRun.Options with { Epochs = 45 };

    /// <summary>What the run ends with: its results as text, the weights' bits behind them.</summary>
    public static byte[] Outcome(CheckpointOptions? checkpoints, IProgress<TrainingProgress>? progress = null)
    {
        (TrainingResult result, byte[] weights) = SmallRun.Train(_options with { Checkpoints = checkpoints }, progress);
        return [.. JsonSerializer.SerializeToUtf8Bytes(new { result.Epochs, result.Evaluations, result.Best }), .. weights];
    }

    /// <summary>
    /// The other process: trains with a checkpoint every third step, leaves its outcome beside the checkpoints. It says each step, and does
    /// no more steps than it was given lines, so that a slow test cannot miss it.
    /// </summary>
    public static int Train(string directory)
    {
        var progress = new ProgressCollector(p =>
        {
            if (p.FinishedEpoch is not null || p.Evaluation is not null)
                return;
            Console.WriteLine(p.Step);
            Console.ReadLine();
        });
        var checkpoints = new CheckpointOptions { Directory = directory, EverySteps = 3, Every = null, Resume = true };
        File.WriteAllBytes(Path.Combine(directory, "outcome"), Outcome(checkpoints, progress));
        return 0;
    }

    /// <summary>Starts the process.</summary>
    /// <param name="directory">Of the checkpoints.</param>
    /// <param name="steps">How many steps it may do before it waits to be killed; null: all.</param>
    public static Process Start(string directory, int? steps)
    {
        Process process = Process.Start(ChildProcess.StartInfo(typeof(OtherProcess).Assembly.Location, "train", directory))!;
        process.StandardInput.Write(new string('\n', steps ?? 0));
        process.StandardInput.Flush();
        if (steps is null)
            process.StandardInput.Close();
        return process;
    }
}
