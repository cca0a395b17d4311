namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Where and how often a run writes down everything that it needs to go on; see <see cref="TrainingOptions.Checkpoints"/>.
/// </summary>
public sealed record CheckpointOptions
{
    /// <summary>The directory of one run's checkpoints; made when it is not there. One run at a time may use it.</summary>
    public required string Directory { get; init; }

    /// <summary>Optimiser steps between two checkpoints; null (default): only time counts.</summary>
    public int? EverySteps { get; init; }

    /// <summary>
    /// Time between two checkpoints; default 10 minutes, null: only steps count. One is always written when the run ends or is cancelled.
    /// </summary>
    public TimeSpan? Every { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>True writes one at the end of each epoch, too; default false.</summary>
    public bool EveryEpoch { get; init; }

    /// <summary>How many of the newest are kept; default 3. The one of the best evaluation is kept beside them.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>
    /// True goes on from the newest whole checkpoint of the directory, to bit-equal parameters as those of a run that was never
    /// stopped, or begins when there is none. All settings must be the same, but for the number of epochs where the learning rates of the
    /// steps done do not depend on it (a constant schedule without warm-up): so a finished run goes on for more epochs, unless it was
    /// stopped early. False (default) begins, and refuses a directory that has checkpoints.
    /// </summary>
    public bool Resume { get; init; }

    internal void Validate()
    {
        TrainingOptions.Require(!string.IsNullOrWhiteSpace(Directory), "Checkpoints.Directory", "empty", "the path of a directory");
        TrainingOptions.Require(EverySteps is null or >= 1, "Checkpoints.EverySteps", EverySteps, "null or at least 1");
        TrainingOptions.Require(Every is null || Every > TimeSpan.Zero, "Checkpoints.Every", Every, "null or above 0");
        TrainingOptions.Require(Keep >= 1, "Checkpoints.Keep", Keep, "at least 1");
    }
}
