namespace Microsoft.ML.DeLoRA;

/// <summary>From 1 down to 0 in a straight line, as transformers' get_linear_schedule_with_warmup.</summary>
public sealed record LinearSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmup(int step, double warmupSteps, int totalSteps)
        => Math.Max(0, (totalSteps - step) / Math.Max(1, totalSteps - warmupSteps));
}
