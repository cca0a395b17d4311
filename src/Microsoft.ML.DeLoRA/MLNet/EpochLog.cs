using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Writes every finished epoch, and every evaluation within one, to the log, and passes all progress on.</summary>
internal sealed class EpochLog(IChannel channel, IMetric metric, IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Message is { } message)
            channel.Warning(MessageSensitivity.None, message);
        if ((value.FinishedEpoch ?? value.Evaluation) is { } result)
        {
            string step = value.FinishedEpoch is null ? FormattableString.Invariant($", step {value.Step} of {value.StepCount}") : "";
            string validation = result.ValidationMetric is { } figure
                ? FormattableString.Invariant($", validation loss {result.ValidationLoss:F4}, validation {metric.Name} {figure:F4}")
                : "";
            channel.Info(MessageSensitivity.None, FormattableString.Invariant(
                $"Epoch {result.Epoch} of {value.EpochCount}{step}: loss {result.TrainingLoss:F4}{validation}, ")
                + FormattableString.Invariant($"{value.RowsPerSecond:F0} rows/s"));
        }
        next?.Report(value);
    }
}
