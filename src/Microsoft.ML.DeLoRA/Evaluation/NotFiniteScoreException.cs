namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>A score that is NaN or infinite: a figure made of it would mean nothing, and some, such as accuracy, do not show it.</summary>
internal sealed class NotFiniteScoreException : NotFiniteNumberException
{
    private NotFiniteScoreException(string what, string rowName, double value)
        : base(FormattableString.Invariant($"The {what} of {rowName} is {value}; ")
            + "figures need finite numbers (rows and outputs are counted from 0). "
            + "The model's training has diverged, or its file is damaged.", value)
        => RowName = rowName;

    /// <summary>Such as <c>row 7</c>, counted from 0.</summary>
    public string RowName { get; }

    /// <summary>The one place where scores are refused.</summary>
    /// <param name="scores">The scores of all rows, row by row.</param>
    /// <param name="width">Scores of a row.</param>
    /// <param name="rowName">What a row is called.</param>
    /// <param name="what">What the scores are.</param>
    /// <exception cref="NotFiniteScoreException">One is not finite.</exception>
    public static void Require(ReadOnlySpan<float> scores, int width, Func<int, string> rowName, string what = "output")
    {
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsFinite(scores[i]))
                throw new NotFiniteScoreException(width == 1 ? what : $"{what} {i % width}", rowName(i / width), scores[i]);
        }
    }
}
