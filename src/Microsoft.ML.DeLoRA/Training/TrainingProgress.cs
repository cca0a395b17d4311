namespace Microsoft.ML.DeLoRA;

/// <summary>Where a training run stands; reported after every step.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="EpochCount">Epochs of the run.</param>
/// <param name="Step">The step, from 1.</param>
/// <param name="StepCount">Steps of the run.</param>
/// <param name="Loss">Mean loss over the step's rows, before the update.</param>
/// <param name="LearningRate">The base learning rate of the step.</param>
/// <param name="RowsPerSecond">Training rows by second since the start, validation not counted.</param>
/// <param name="TimeLeft">Estimate for the rest of the run, validation included.</param>
/// <param name="FinishedEpoch">How the epoch went, in the second report of its last step; else null.</param>
public sealed record TrainingProgress(
    int Epoch, int EpochCount, int Step, int StepCount, double Loss, double LearningRate, double RowsPerSecond, TimeSpan TimeLeft,
        EpochResult? FinishedEpoch)
{
    /// <summary>What an evaluation within the epoch found, in a report of its own; else null.</summary>
    public EpochResult? Evaluation { get; init; }

    /// <summary>What the user should know and could not see otherwise, such as a smaller batch after a lack of memory; else null.</summary>
    public string? Message { get; init; }

    /// <summary>What <see cref="EpochResult.ValidationMetric"/> measures; null when there are no rows to validate on.</summary>
    public string? MetricName { get; init; }
}
