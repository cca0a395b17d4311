namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>Reports at once, on the calling thread.</summary>
internal sealed class ProgressCollector(Action<TrainingProgress> report) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => report(value);
}
