namespace Microsoft.ML.DeLoRA.Charts;

/// <summary>A point of a chart in the axes' units.</summary>
internal readonly record struct ChartPoint(double X, double Y);
