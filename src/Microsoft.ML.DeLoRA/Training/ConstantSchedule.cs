namespace Microsoft.ML.DeLoRA;

/// <summary>Stays at 1.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    protected override double AfterWarmup(int step, double warmupSteps, int totalSteps) => 1;
}
