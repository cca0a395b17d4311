using System.Globalization;

namespace Microsoft.ML.DeLoRA.Charts;

/// <summary>Numbers as they stand in charts and tables.</summary>
internal static class ChartNumber
{
    /// <summary>Four significant digits, without an exponent where that is short.</summary>
    public static string Format(double value)
    {
        double size = Math.Abs(value);
        string format = size is 0 or (>= 1e-4 and < 1e6) ? "G4" : "0.###e0";
        return size is >= 1e4 and < 1e6 ? value.ToString("0", CultureInfo.InvariantCulture) : value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>A coordinate of an SVG.</summary>
    public static string Coordinate(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
