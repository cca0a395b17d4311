using Microsoft.ML.DeLoRA;

namespace Quickstart;

/// <summary>One line that follows the training, rewritten in place; where output goes to a file, one line for each epoch.</summary>
internal sealed class ProgressLine : IProgress<TrainingProgress>
{
    private readonly bool _live = !Console.IsOutputRedirected;

    public void Report(TrainingProgress value)
    {
        string loss = value.FinishedEpoch is { } epoch ? $"loss {epoch.TrainingLoss:F3}" : $"loss {value.Loss:F3}";
        string line = $"epoch {value.Epoch}/{value.EpochCount}  step {value.Step}/{value.StepCount}  {loss}  {value.RowsPerSecond:F0} "
            + $"rows/s  {value.TimeLeft:m\\:ss} left";
        if (_live)
            Console.Write($"\r{line,-90}");
        else if (value.FinishedEpoch is not null)
            Console.WriteLine(line);
    }

    /// <summary>Leaves the line.</summary>
    public void End()
    {
        if (_live)
            Console.WriteLine();
    }
}
