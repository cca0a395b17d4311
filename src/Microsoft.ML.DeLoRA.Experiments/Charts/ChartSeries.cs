namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points by ascending x; a y that the axis has no place for, such as NaN, is a gap.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points);
