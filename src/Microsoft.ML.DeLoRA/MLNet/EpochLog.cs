using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Writes every finished epoch to the log, and passes all progress on.</summary>
internal sealed class EpochLog(IChannel channel, IMetric metric, IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Message is { } message)
            channel.Warning(MessageSensitivity.None, message);
        if (value.FinishedEpoch is { } epoch)
        {
            string validation = epoch.ValidationMetric is { } figure
                ? FormattableString.Invariant($", validation loss {epoch.ValidationLoss:F4}, validation {metric.Name} {figure:F4}")
                : "";
            channel.Info(MessageSensitivity.None, FormattableString.Invariant(
                $"Epoch {epoch.Epoch} of {value.EpochCount}: loss {epoch.TrainingLoss:F4}{validation}, {value.RowsPerSecond:F0} rows/s"));
        }
        next?.Report(value);
    }
}
