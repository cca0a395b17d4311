using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>A colour as readers see it.</summary>
internal static class Rgb
{
    // What is left to a reader without one kind of cones, for linear light. Machado, Oliveira and Fernandes 2009, severity 1.
    private static readonly double[][] _readers =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    /// <summary>Reads what getComputedStyle gives: rgb(r, g, b).</summary>
    public static (int Red, int Green, int Blue) Parse(string computed)
    {
        Match match = Regex.Match(computed, @"^rgb\((\d+), (\d+), (\d+)\)$");
        Assert.True(match.Success, $"'{computed}' is no opaque colour");
        int[] channels = [.. match.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, CultureInfo.InvariantCulture))];
        return (channels[0], channels[1], channels[2]);
    }

    /// <summary>Contrast of two colours, 1 to 21. Source: WCAG 2.</summary>
    public static double Contrast(string one, string other)
    {
        double[] luminances = [.. new[] { one, other }.Select(Linear).Select(Luminance).Order()];
        return (luminances[1] + 0.05) / (luminances[0] + 0.05);
    }

    /// <summary>The least difference (CIE 1976) of two colours for readers with all cones, or without one kind.</summary>
    public static double Difference(string one, string other) => _readers.Min(reader =>
        Math.Sqrt(Lab(Seen(Linear(one), reader)).Zip(Lab(Seen(Linear(other), reader))).Sum(pair => Math.Pow(pair.First - pair.Second, 2))));

    private static double[] Linear(string computed)
    {
        (int red, int green, int blue) = Parse(computed);
        return [.. new[] { red / 255.0, green / 255.0, blue / 255.0 }
            .Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4))];
    }

    private static double[] Seen(double[] light, double[] reader)
        => [.. reader.Chunk(3).Select(row => Math.Clamp(row.Zip(light).Sum(pair => pair.First * pair.Second), 0, 1))];

    private static double[] Lab(double[] light)
    {
        double x = Root(((0.4124 * light[0]) + (0.3576 * light[1]) + (0.1805 * light[2])) / 0.9505);
        double y = Root(Luminance(light));
        double z = Root(((0.0193 * light[0]) + (0.1192 * light[1]) + (0.9505 * light[2])) / 1.089);
        return [(116 * y) - 16, 500 * (x - y), 200 * (y - z)];
    }

    private static double Luminance(double[] light) => (0.2126 * light[0]) + (0.7152 * light[1]) + (0.0722 * light[2]);

    private static double Root(double t) => t > 0.008856 ? Math.Cbrt(t) : (7.787 * t) + (16.0 / 116);
}
