using Microsoft.ML.DeLoRA.Experiments.Charts;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>What the charts of a report show: one series for each method and sweep, means over the seeds.</summary>
internal sealed class RobustnessCurves
{
    /// <summary>The factor at which the paper sees LoRA fall and DeLoRA hold.</summary>
    public const double HighFactor = 8;

    private readonly (string Name, RobustnessResult[] Results)[] _series;
    private readonly double[] _factors;

    public RobustnessCurves(IReadOnlyList<RobustnessResult> results)
    {
        _series = [.. results.GroupBy(r => r.Series).Select(g => (g.Key, g.ToArray()))];
        _factors = [.. results.Select(r => r.Factor).Distinct().Order()];
        SeedCount = results.Select(r => r.Run.Seed).Distinct().Count();
        MetricName = results[0].Run.Metric;
        StepFactors = [.. new[] { Nearest(1), Nearest(HighFactor) }.Distinct()];
    }

    /// <summary>Number of seeds.</summary>
    public int SeedCount { get; }

    /// <summary>The task's metric.</summary>
    public string MetricName { get; }

    /// <summary>The factors whose trainings are drawn step by step: those nearest to 1 and to <see cref="HighFactor"/>.</summary>
    public IReadOnlyList<double> StepFactors { get; }

    /// <summary>Each series with its results.</summary>
    public IEnumerable<(string Name, RobustnessResult[] Results)> Series => _series;

    /// <summary>The metric in percent by factor, with the seeds' sample deviation; NaN where a seed's is not defined.</summary>
    public static IReadOnlyList<ChartPoint> MetricPoints(IEnumerable<RobustnessResult> results)
        => [.. ByFactor(results, r => 100 * r.Run.Value)
            .Select(p => new ChartPoint(p.Factor, p.Values.Average(), SampleDeviation.Of(p.Values) ?? 0))];

    /// <summary>The metric by factor.</summary>
    public LineChart Metric()
    {
        ChartSeries[] series = [.. _series.Select(s => new ChartSeries(s.Name, MetricPoints(s.Results)))];
        var axis = new ChartAxis($"{MetricName} (%)", new LinearScale(Values(series)));
        return new LineChart("Metric by learning rate", FactorAxis(), axis, series) { Mark = 1 };
    }

    /// <summary>The distance after the last step by factor.</summary>
    public LineChart DistanceByFactor()
    {
        ChartSeries[] series = [.. _series.Select(s => new ChartSeries(s.Name,
            [.. ByFactor(s.Results, r => r.Distance ?? double.NaN).Select(p => new ChartPoint(p.Factor, p.Values.Average()))]))];
        return new LineChart("Distance from the pretrained weights by learning rate", FactorAxis(),
            new ChartAxis("distance (Frobenius norm)", LogScale.OfTen(Values(series))), series)
        { Mark = 1 };
    }

    /// <summary>The distance by step, at one factor.</summary>
    public LineChart DistanceByStep(double factor)
    {
        ChartSeries[] series =
        [
            .. _series.Select(s => new ChartSeries(s.Name,
                [.. s.Results.Where(r => r.Factor == factor).SelectMany(r => r.Steps).GroupBy(p => p.Step).OrderBy(g => g.Key)
                    .Select(g => new ChartPoint(g.Key, g.Average(p => p.Distance)))])),
        ];
        return new LineChart($"Distance over the training at {ChartNumber.Format(factor)} times the base rate",
            new ChartAxis("training step", new LinearScale(series.SelectMany(s => s.Points).Select(p => p.X).Append(0), leastStep: 1)),
            new ChartAxis("distance (Frobenius norm)", new LinearScale(Values(series).Append(0))), series);
    }

    private static IEnumerable<(double Factor, double[] Values)> ByFactor(
        IEnumerable<RobustnessResult> results, Func<RobustnessResult, double> value)
        => results.GroupBy(r => r.Factor).OrderBy(g => g.Key).Select(g => (g.Key, g.Select(value).ToArray()));

    private static IEnumerable<double> Values(ChartSeries[] series)
        => series.SelectMany(s => s.Points).SelectMany(p => (double[])[p.Y - p.Spread, p.Y + p.Spread]);

    private ChartAxis FactorAxis() => new("learning rate / base rate", LogScale.OfTwo(_factors));

    private double Nearest(double factor) => _factors.MinBy(f => Math.Abs(Math.Log(f / factor)));
}
