using System.Globalization;

namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>Equal steps of 1, 2 or 5 times a power of ten.</summary>
internal sealed class LinearScale : ChartScale
{
    private const int Intervals = 6;
    private readonly int _decimals;

    /// <summary>A scale that takes up all finite values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="leastStep">The least distance of two ticks; 1 for counts.</param>
    public LinearScale(IEnumerable<double> values, double leastStep = 0)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        (double low, double high) = finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
        if (high - low <= 1e-9 * Math.Abs(high))
            (low, high) = (low - (0.1 * Math.Abs(low)) - 1e-9, high + (0.1 * Math.Abs(high)) + 1e-9);
        double step = Math.Max(leastStep, Step((high - low) / Intervals));
        long first = (long)Math.Floor((low / step) + 1e-9);
        long last = Math.Max(first + 1, (long)Math.Ceiling((high / step) - 1e-9));
        _decimals = Math.Max(0, (int)Math.Ceiling(-Math.Log10(step) - 1e-9));
        Ticks = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => Math.Round((first + i) * step, 12))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Ticks { get; }

    /// <inheritdoc/>
    public override double Position(double value) => (value - Ticks[0]) / (Ticks[^1] - Ticks[0]);

    /// <summary>The same number of decimals for all ticks, where that is short.</summary>
    public override string Label(double tick)
        => _decimals <= 4 && Ticks.All(t => Math.Abs(t) < 1e6)
            ? tick.ToString($"F{_decimals}", CultureInfo.InvariantCulture)
            : base.Label(tick);

    private static double Step(double least)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return (least / power) switch { <= 1 => power, <= 2 => 2 * power, <= 5 => 5 * power, _ => 10 * power };
    }
}
