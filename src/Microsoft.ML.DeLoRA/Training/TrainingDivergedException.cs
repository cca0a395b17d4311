namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Training was stopped because a number was no longer finite: a step's loss, its gradient several times in a row, a parameter after an
/// update, or what the model puts out then.
/// </summary>
public sealed class TrainingDivergedException : Exception
{
    private const string LowerTheRate =
        "Lower the learning rate, or set MaxGradientNorm; if it happens in the first step, check the base model's weights.";

    /// <summary>Names where the loss was not finite and what to do.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="learningRate">The learning rate of that step.</param>
    /// <param name="rows">The rows of that step.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="checkpoint">The last good checkpoint; null: none.</param>
    public TrainingDivergedException(int step, double learningRate, IReadOnlyList<int> rows, double loss, string? checkpoint = null)
        : this(FormattableString.Invariant($"The loss became {loss}"), step, learningRate, rows, checkpoint)
    {
    }

    /// <summary>Names anything that was not finite.</summary>
    /// <param name="what">What became what, such as <c>The loss became NaN</c>.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="learningRate">The learning rate of that step.</param>
    /// <param name="rows">The rows of that step.</param>
    /// <param name="checkpoint">The last good checkpoint; null: none.</param>
    /// <param name="advice">What to do; null: lower the learning rate.</param>
    internal TrainingDivergedException(
        string what, int step, double learningRate, IReadOnlyList<int> rows, string? checkpoint, string? advice = null)
        : base(Text(what, step, learningRate, rows, advice) + (checkpoint is null ? "" : $" The last good checkpoint is '{checkpoint}'."))
    {
        (Step, LearningRate, Rows, Checkpoint) = (step, learningRate, rows, checkpoint);
        Reason = Text(what, step, learningRate, rows, advice);
    }

    /// <summary>The step, from 1.</summary>
    public int Step { get; }

    /// <summary>The learning rate of that step.</summary>
    public double LearningRate { get; }

    /// <summary>
    /// The rows of that step, by their number, from 0, in the data that was given for training: rows left out of it are counted, too.
    /// </summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>
    /// The path of the last good checkpoint, one after which what the model computed was finite; null when there is none.
    /// </summary>
    public string? Checkpoint { get; }

    /// <summary>The message without the checkpoint: the same however often the run was stopped and gone on with.</summary>
    internal string Reason { get; }

    private static string Text(string what, int step, double learningRate, IReadOnlyList<int> rows, string? advice)
        => FormattableString.Invariant($"{what} in step {step}, at a learning rate of {learningRate:g3}, on rows {Shown(rows)} (from 0). ")
            + (advice ?? LowerTheRate);

    private static string Shown(IReadOnlyList<int> rows)
        => string.Join(", ", rows.Take(32)) + (rows.Count > 32 ? $" and {rows.Count - 32} more" : "");
}
