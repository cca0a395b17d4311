namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>The shapes that tell series apart without colours, as SVG path data around (0, 0).</summary>
internal static class ChartMarkers
{
    private const int MostMarkers = 16;

    private static readonly string[] _paths =
    [
        "M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0Z", // disc
        "M-4,-4H4V4H-4Z", // square
        "M0,-5.5L5,4H-5Z", // triangle
        "M0,-6L5,0L0,6L-5,0Z", // diamond
        "M0,5.5L5,-4H-5Z", // triangle on its tip
        "M-1.5,-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5V-1.5H-1.5Z", // plus
        "M-5,-2.5H5V2.5H-5Z", // bar
    ];

    /// <summary>Number of shapes, and of the colours of <see cref="HtmlPage"/>.</summary>
    public static int Count => _paths.Length;

    /// <summary>The shape of a series; after the last they start anew, with other colours than before.</summary>
    public static string Path(int series) => _paths[(series + (series / Count)) % Count];

    /// <summary>The CSS classes of a series, which give its colour and, where colours start anew, its dashes.</summary>
    public static string Class(int series)
        => $"s{series % Count}" + (series / Count % 3) switch { 0 => "", 1 => " dashed", _ => " dotted" };

    /// <summary>
    /// The points that get a marker: of a long line about sixteen, at other places than those of the series before; one without neighbours
    /// always.
    /// </summary>
    /// <param name="points">The points of a series.</param>
    /// <param name="isShown">False for a gap.</param>
    /// <param name="series">Index of the series.</param>
    public static IEnumerable<ChartPoint> Marked(IReadOnlyList<ChartPoint> points, Func<ChartPoint, bool> isShown, int series)
    {
        int every = 1 + (points.Count / MostMarkers);
        return points.Where((p, i) => isShown(p) && (i % every == series % every || IsLone(i)));

        bool IsLone(int i) => (i == 0 || !isShown(points[i - 1])) && (i == points.Count - 1 || !isShown(points[i + 1]));
    }
}
