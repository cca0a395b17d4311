namespace Microsoft.ML.DeLoRA;

/// <summary>Passes every report on to several others, in their order.</summary>
/// <param name="parts">The others; they stay the caller's.</param>
public sealed class CombinedProgress(params IReadOnlyList<IProgress<TrainingProgress>> parts) : IProgress<TrainingProgress>
{
    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        foreach (IProgress<TrainingProgress> part in parts)
            part.Report(value);
    }
}
