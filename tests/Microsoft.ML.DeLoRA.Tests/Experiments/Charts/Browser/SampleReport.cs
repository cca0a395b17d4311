using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts.Browser;

/// <summary>
/// A report of the paper's size: six methods, three sweeps of DeLoRA's, ten factors, two seeds, 24 layers, a long training; some diverged.
/// </summary>
internal static class SampleReport
{
    private const int Steps = 42100;
    private static readonly double[] _factors = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];
    private static readonly string[] _methods = ["DeLoRA", "LoRA", "DoRA", "ETHER+", "OFT", "HRA"];

    /// <summary>The names of the series.</summary>
    public static string[] Series => [.. _methods, "DeLoRA, lambda only", "DeLoRA, BA only"];

    public static RobustnessReport Create() => new(
    [
        .. from method in _methods
           from factor in _factors
           from seed in (int[])[42, 43]
           select Run(method, RobustnessSweep.Both, factor, seed),
        .. _factors.Select(factor => Run("DeLoRA", RobustnessSweep.Lambda, factor, 42)),
        .. _factors.Select(factor => Run("DeLoRA", RobustnessSweep.BA, factor, 42)),
    ], [.. from layer in Enumerable.Range(0, 24) from kind in (string[])["query", "key", "value", "output"] select Norm(layer, kind)]);

    // Bounded methods hold, the others fall; LoRA diverges at 32, and DoRA with one seed at 2: a gap with a point between gaps.
    private static RobustnessResult Run(string method, RobustnessSweep sweep, double factor, int seed)
    {
        int index = Array.IndexOf(_methods, method) + (7 * (int)sweep);
        bool isBounded = method is "DeLoRA" or "ETHER+";
        double fall = Math.Log2(factor) / (isBounded ? 9 : 5);
        bool diverges = (method == "LoRA" && factor >= 32) || (method == "DoRA" && ((factor is 2 && seed == 43) || factor is 8));
        double metric = diverges ? double.NaN : 0.82 - (0.2 * fall * fall) - (0.013 * index) + (0.004 * (seed - 42));
        double size = isBounded ? (4 + index) * Math.Sqrt(factor) : (1.5 + index) * 0.5 * factor;
        return RobustnessRuns.Result(method, factor, metric, sweep, seed) with
        {
            Steps = [.. Enumerable.Range(1, diverges ? 3 : 41).Select(i => i == 41 ? Steps : i * (Steps / 40))
                .Select(step => new StepDistance(step, size * (1 - Math.Exp(-step / (6000.0 + (2000 * index))))))],
        };
    }

    private static ProjectionNorm Norm(int layer, string kind)
        => new(layer, kind, 1.25 + (kind[0] / 100.0) + (0.2 * Math.Sin((layer / 4.0) + kind[0])));
}
