using System.Globalization;

namespace Microsoft.ML.DeLoRA.Experiments.Charts;

/// <summary>Numbers as they stand in charts and tables.</summary>
internal static class ChartNumber
{
    /// <summary>Four significant digits, without an exponent where that is short.</summary>
    public static string Format(double value)
    {
        double size = Math.Abs(value);
        string format = size is 0 or (>= 1e-4 and < 1e6) ? "G4" : "0.###e0";
        return size is >= 1e4 and < 1e6
            ? value.ToString("0", CultureInfo.InvariantCulture)
            : value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>Four significant digits, zeros at the end too, so that the numbers of a column compare at a glance.</summary>
    public static string Aligned(double value)
    {
        double size = Math.Abs(value);
        return size is >= 1e-4 and < 1e4
            ? value.ToString($"F{Math.Max(0, 3 - (int)Math.Floor(Math.Log10(size)))}", CultureInfo.InvariantCulture)
            : Format(value);
    }

    /// <summary>A coordinate of an SVG.</summary>
    public static string Coordinate(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
