using System.Xml.Linq;
using Microsoft.ML.DeLoRA.Experiments.Charts;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>
/// A report as a page for people to read: charts of metric and distance by factor, distance by step, norms by layer; tables, settings,
/// machine.
/// </summary>
internal static class RobustnessPage
{
    private const string Marked = "The dashed vertical line marks the base rate.";

    public static string Create(RobustnessReport report)
    {
        var curves = new RobustnessCurves(report.Results);
        GlueResult run = report.Results[0].Run;
        return HtmlPage.Write($"Robustness to the learning rate: {run.Task}",
            Faint("The adapters' learning rates are a method's base rates times a factor; all else stays, the head's rate too. "
                + "Heads of different rates (see below) learn differently, whatever the adapters do. "
                + "After figures 2 to 6 of the DeLoRA paper (arXiv 2503.18225)."),
            RobustnessSummary.Create(curves),
            Html.Figure(curves.Metric(), $"The {run.Metric} of the best validation epoch on {run.TestRows} test rows"
                + (curves.SeedCount > 1 ? $", mean of {curves.SeedCount} seeds, bars and brackets: their sample deviation" : "")
                + $". A gap, or -, is a run that diverged in its first epoch. {Marked}"),
            Html.Figure(curves.DistanceByFactor(),
                $"Euclidean distance of {report.Results[0].Module} from its pretrained weights after the last step, which comes early when "
                + $"a run diverges. A method whose change cannot be merged into the weights has none. {Marked}"),
            curves.StepFactors.Select(f => Html.Figure(curves.DistanceByStep(f), "The same distance while training runs.", every: 4)),
            Html.Figure(Norms(report.Norms),
                "Mean over the columns of the pretrained matrices of their L2 norm: what DeLoRA's change is measured by."),
            Html.Element("section", Html.Element("h2", "Settings"), RobustnessSummary.Settings(report.Results)));
    }

    private static XElement Faint(string text) => new("p", new XAttribute("class", "faint"), text);

    private static LineChart Norms(IReadOnlyList<ProjectionNorm> norms) => new("Norms of the base model's attention projections",
        new ChartAxis("layer", new LinearScale(norms.Select(n => (double)n.Layer), leastStep: 1)),
        new ChartAxis("mean column norm (L2)", new LinearScale(norms.Select(n => n.MeanColumnNorm))),
        [.. norms.GroupBy(n => n.Kind).Select(g => new ChartSeries(g.Key, [.. g.Select(n => new ChartPoint(n.Layer, n.MeanColumnNorm))]))]);
}
