namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>A point of a chart in the axes' units.</summary>
/// <param name="X">Its place on the x axis.</param>
/// <param name="Y">Its place on the y axis.</param>
/// <param name="Spread">How far what it is the mean of lies apart, drawn as a bar up and down from it; 0: nothing is drawn.</param>
internal readonly record struct ChartPoint(double X, double Y, double Spread = 0);
