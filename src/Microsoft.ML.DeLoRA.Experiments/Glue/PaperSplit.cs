namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// The DeLoRA paper's way out of GLUE's unpublished test labels (table 7; the rule as the authors' code has it): a task's
/// validation set, in the order of numpy's permutation by the run's seed, is cut into a new validation set and a new test set.
/// </summary>
/// <param name="Validation">Rows of the original validation set that choose the best epoch.</param>
/// <param name="Test">Rows that are reported.</param>
public sealed record PaperSplit(IReadOnlyList<int> Validation, IReadOnlyList<int> Test)
{
    /// <summary>Cuts.</summary>
    /// <param name="task">
    /// The task: the first 1000 rows of the order become validation for MNLI, QNLI and QQP, half of all (rounded down) for the others;
    /// CoLA's parts are swapped.
    /// </param>
    /// <param name="count">Rows of the original validation set.</param>
    /// <param name="seed">The run's seed, which is also that of training.</param>
    /// <exception cref="ArgumentException">There are too few rows for both parts.</exception>
    public static PaperSplit Create(GlueTask task, int count, int seed)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        int first = task.ValidationRows ?? count / 2;
        if (first < 1 || count <= first)
            throw new ArgumentException(
                $"{task.Name}: a validation set of {count} rows cannot be cut into {Math.Max(first, 1)} for validation "
                    + "and some for test.", nameof(count));
        int[] order = NumpyPermutation.Create(count, (uint)seed);
        return task.SwapsHalves ? new PaperSplit(order[first..], order[..first]) : new PaperSplit(order[..first], order[first..]);
    }
}
