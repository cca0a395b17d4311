namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Training was stopped because the loss was no longer a finite number.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Names where it happened and what to do.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="learningRate">The learning rate of that step.</param>
    /// <param name="rows">The rows of that step.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="checkpoint">The last good checkpoint; null: none.</param>
    public TrainingDivergedException(int step, double learningRate, IReadOnlyList<int> rows, double loss, string? checkpoint = null)
        : base(What(step, learningRate, rows, loss) + (checkpoint is null ? "" : $" The last good checkpoint is '{checkpoint}'."))
        => (Step, LearningRate, Rows, Checkpoint, Reason) = (step, learningRate, rows, checkpoint, What(step, learningRate, rows, loss));

    /// <summary>The step, from 1.</summary>
    public int Step { get; }

    /// <summary>The learning rate of that step.</summary>
    public double LearningRate { get; }

    /// <summary>The rows of that step, by their number in the training set.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>The path of the last good checkpoint; null when there is none.</summary>
    public string? Checkpoint { get; }

    /// <summary>The message without the checkpoint: the same however often the run was stopped and gone on with.</summary>
    internal string Reason { get; }

    private static string What(int step, double learningRate, IReadOnlyList<int> rows, double loss)
        => $"The loss became {loss} in step {step}, at a learning rate of {learningRate:g3}, on rows {Shown(rows)}. "
            + "Lower the learning rate, or set MaxGradientNorm; if it happens in the first step, check the base model's weights.";

    private static string Shown(IReadOnlyList<int> rows)
        => string.Join(", ", rows.Take(32)) + (rows.Count > 32 ? $" and {rows.Count - 32} more" : "");
}
