namespace Microsoft.ML.DeLoRA;

/// <summary>
/// From 1 down to 0 along half a cosine, as transformers' get_cosine_schedule_with_warmup: slow at first, fast, slow at the end.
/// </summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmup(int step, double warmupSteps, int totalSteps)
        => Math.Max(0, (1 + Math.Cos(Math.PI * (step - warmupSteps) / Math.Max(1, totalSteps - warmupSteps))) / 2);
}
