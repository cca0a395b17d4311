using Microsoft.ML.DeLoRA.Cli.Tables;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The metrics that <c>--metric</c> can name, as GLUE's tables name them, but in one word.</summary>
internal static class Metrics
{
    private static readonly IMetric[] _all =
    [
        new Accuracy(), new F1Score(), new MatthewsCorrelation(), new CrossEntropy(),
        new MeanSquaredError(), new PearsonCorrelation(), new SpearmanCorrelation(),
        new MicroF1(), new MacroF1(), new LabelCrossEntropy(),
    ];

    public static string Names => string.Join(", ", _all.Select(Name));

    /// <summary>The metric of that name, in any case; several with commas: their mean.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static IMetric Parse(string text)
    {
        IMetric[] metrics = [.. List.Parse(text, "--metric").Select(Find)];
        return metrics.Length == 1 ? metrics[0] : new MeanMetric(metrics);
    }

    private static IMetric Find(string name) => _all.FirstOrDefault(m => Name(m).Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"--metric: there is no metric '{name}'; there are: {Names}.");

    private static string Name(IMetric metric) => metric.Name.Replace(' ', '-');
}
