namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>One axis of a chart.</summary>
/// <param name="Title">What it shows, with the unit.</param>
/// <param name="Scale">Where values lie.</param>
internal sealed record ChartAxis(string Title, ChartScale Scale)
{
    /// <summary>The title as it stands at the axis; tables have <see cref="Title"/>.</summary>
    public string Caption => Scale is LogScale ? $"{Title}, log scale" : Title;

    /// <summary>The labels of the ticks.</summary>
    public string[] Labels => [.. Scale.Ticks.Select(Scale.Label)];
}
