namespace Microsoft.ML.DeLoRA.Charts;

/// <summary>The shapes that tell series apart without colours, as SVG path data around (0, 0).</summary>
internal static class ChartMarkers
{
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

    /// <summary>The shape of a series; they start anew after the last.</summary>
    public static string Path(int series) => _paths[series % Count];

    /// <summary>The CSS class of a series, which gives its colour.</summary>
    public static string Class(int series) => $"s{series % Count}";
}
