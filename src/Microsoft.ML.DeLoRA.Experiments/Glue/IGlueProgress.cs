namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>Told how a GLUE run goes, on the thread that runs it.</summary>
public interface IGlueProgress : IProgress<TrainingProgress>
{
    /// <summary>Something that a reader of the result should know, such as lines that were left out.</summary>
    void Note(string message);
}
