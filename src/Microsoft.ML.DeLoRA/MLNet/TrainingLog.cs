using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>What a training run is about to do.</summary>
/// <param name="TrainingRows">Rows that it learns from: those with a label, without those that are held back.</param>
/// <param name="ValidationRows">Rows that choose the best epoch; null: none.</param>
/// <param name="Parameters">How many numbers it changes.</param>
/// <param name="MaxLength">Most tokens of a text or pair.</param>
/// <param name="Device">Where it computes, as <see cref="Devices.Parse"/> takes it.</param>
internal sealed record TrainingStart(int TrainingRows, int? ValidationRows, TrainableParameters Parameters, int MaxLength, string Device);

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

/// <summary>What the log says about texts that were too long.</summary>
internal static class TruncationMessage
{
    /// <param name="rows">How many were.</param>
    /// <param name="maxLength">The most tokens.</param>
    /// <param name="purpose">What kind of rows, such as "training"; null: any.</param>
    public static string Of(long rows, int maxLength, string? purpose = null)
        => $"{rows:N0} {(purpose is null ? "" : purpose + " ")}rows are longer than the maximum length of {maxLength} tokens and lost "
            + $"their ends; {nameof(DeLoRATextOptions.MaxLength)}, an option of training, sets that length.";
}
