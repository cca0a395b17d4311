namespace Microsoft.ML.DeLoRA.Charts;

/// <summary>One axis of a chart.</summary>
/// <param name="Title">What it shows, with the unit.</param>
/// <param name="Scale">Where values lie.</param>
internal sealed record ChartAxis(string Title, ChartScale Scale);
