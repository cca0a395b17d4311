namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>Equal steps for equal factors: powers of two, or 1, 2 and 5 times powers of ten.</summary>
internal sealed class LogScale : ChartScale
{
    private const int MostTicks = 11;

    private LogScale(IReadOnlyList<double> ticks) => Ticks = ticks;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Ticks { get; }

    /// <summary>A scale with powers of two that takes up all values above 0.</summary>
    public static LogScale OfTwo(IEnumerable<double> values)
    {
        (double low, double high) = Range(values);
        int first = (int)Math.Floor(Math.Log2(low) + 1e-9);
        int last = (int)Math.Ceiling(Math.Log2(high) - 1e-9);
        int step = Math.Max(1, (int)Math.Ceiling((last - first + 1.0) / MostTicks));
        return new LogScale(Powers(first, last, step, 2));
    }

    /// <summary>A scale with 1, 2, 5, 10, ... (or, over many powers, powers of ten) that takes up all values above 0.</summary>
    public static LogScale OfTen(IEnumerable<double> values)
    {
        (double low, double high) = Range(values);
        int first = (int)Math.Floor(Math.Log10(low) + 1e-9);
        int last = (int)Math.Ceiling(Math.Log10(high) - 1e-9);
        if (last - first > 3)
            return new LogScale(Powers(first, last, Math.Max(1, (int)Math.Ceiling((last - first + 1.0) / MostTicks)), 10));
        double[] candidates =
        [
            .. Enumerable.Range(first, last - first + 1)
                .SelectMany(p => (double[])[Math.Pow(10, p), 2 * Math.Pow(10, p), 5 * Math.Pow(10, p)]),
        ];
        double start = candidates.Last(c => c <= low * (1 + 1e-9));
        double end = candidates.First(c => c >= high * (1 - 1e-9));
        return new LogScale([.. candidates.Where(c => c >= start && c <= end)]);
    }

    /// <inheritdoc/>
    public override bool Holds(double value) => base.Holds(value) && value > 0;

    /// <inheritdoc/>
    public override double Position(double value) => Math.Log(value / Ticks[0]) / Math.Log(Ticks[^1] / Ticks[0]);

    // The last tick may lie beyond the last power so that all steps are equal.
    private static double[] Powers(int first, int last, int step, double number)
        => [.. Enumerable.Range(0, ((last - first + step - 1) / step) + 1).Select(i => Math.Pow(number, first + (i * step)))];

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        double[] fitting = [.. values.Where(v => double.IsFinite(v) && v > 0)];
        (double low, double high) = fitting.Length == 0 ? (1, 2) : (fitting.Min(), fitting.Max());
        return high > low * (1 + 1e-9) ? (low, high) : (low / 2, high * 2);
    }
}
