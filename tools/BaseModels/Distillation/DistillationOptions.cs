namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>How a student is distilled. A run ends by its clock or by its steps, whichever is given.</summary>
internal sealed record DistillationOptions
{
    /// <summary>The teacher's directory.</summary>
    public required string Teacher { get; init; }

    /// <summary>The student's directory as the transfer left it; stays as it is.</summary>
    public required string Student { get; init; }

    /// <summary>The corpus files.</summary>
    public required IReadOnlyList<string> Corpus { get; init; }

    /// <summary>Directory of checkpoint, log and distilled model.</summary>
    public required string Output { get; init; }

    /// <summary>The run's length by the clock: the learning rate falls with the time that training took, over all its parts.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>The run's length in steps.</summary>
    public int? Steps { get; init; }

    /// <summary>The student's tokens a step, about.</summary>
    public int BatchTokens { get; init; } = 2_048;

    /// <summary>Batches that are cut from one pool of rows.</summary>
    public int PoolBatches { get; init; } = 8;

    /// <summary>Peak learning rate of all but the embeddings.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Peak learning rate of the embeddings.</summary>
    public double WordLearningRate { get; init; } = 1e-3;

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmupSteps { get; init; } = 50;

    /// <summary>The student's products in bfloat16.</summary>
    public bool BFloat16 { get; init; } = true;

    /// <summary>Threads that share the rows of a step; each computes alone.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Seed of order and changes of the rows.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Steps between lines of the log.</summary>
    public int LogEvery { get; init; } = 50;

    /// <summary>Time between checkpoints.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(4);
}
