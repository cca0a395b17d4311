using System.Globalization;
using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>A model that says NaN says nothing; no figure is made of it.</summary>
internal static class FiniteScores
{
    /// <exception cref="UsageException">A score is NaN or infinite.</exception>
    public static void Require(ReadOnlySpan<float> scores, int row)
    {
        foreach (float score in scores)
        {
            if (!float.IsFinite(score))
                throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                    $"The model gives row {row + 1} the score {score}: it is damaged, or its training diverged; "
                    + $"train it anew with a lower learning rate."));
        }
    }
}
