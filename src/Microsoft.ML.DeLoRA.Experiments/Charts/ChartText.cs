namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>Room for texts in a drawing that is as wide as the reader's window, in the drawing's units.</summary>
/// <remarks>
/// A narrow window shrinks the drawing; the style sheet of <see cref="HtmlPage"/> lets the font grow against that, from <see cref="Least"/>
/// to <see cref="Most"/>, and hides the labels of the class "wide". What font the reader's system has is not known here: a digit of a wide
/// one is taken.
/// </remarks>
internal static class ChartText
{
    /// <summary>Font size in a wide window.</summary>
    public const double Least = 11;

    /// <summary>Font size in a narrow window.</summary>
    public const double Most = 21;

    private const double Digit = 0.64;

    /// <summary>Most that a number of some digits is wide.</summary>
    public static double Width(int digits, double size = Most) => Digit * size * digits;

    /// <summary>The class of each label of a row or column so that none overlaps another; null: no label at all.</summary>
    /// <param name="length">What one label of a font size takes up along the axis, with the gap to the next.</param>
    /// <param name="count">Number of ticks.</param>
    /// <param name="extent">Length of the axis.</param>
    /// <param name="kept">A tick whose label is always there.</param>
    /// <param name="name">The class of a label.</param>
    public static string?[] Classes(Func<double, double> length, int count, double extent, int kept, string name)
    {
        double pitch = extent / (count - 1);
        int every = (int)Math.Ceiling(length(Least) / pitch);
        int everyInNarrow = every * (int)Math.Ceiling(length(Most) / (every * pitch));
        return
        [
            .. Enumerable.Range(-kept, count).Select(i => i % everyInNarrow == 0 ? name : i % every == 0 ? $"{name} wide" : null),
        ];
    }
}
