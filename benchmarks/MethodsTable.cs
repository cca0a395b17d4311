using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA;

namespace Benchmarks;

/// <summary>The methods of the benchmark with the learning rate of each, and the table of their results.</summary>
internal static class MethodsTable
{
    public static IReadOnlyDictionary<string, (AdapterMethod? Method, double LearningRate)> Rows { get; } =
        new Dictionary<string, (AdapterMethod?, double)>
        {
            ["head only"] = (null, 1e-3),
            ["full fine-tuning"] = (new FullFineTuningMethod(), 3e-4),
            ["BitFit"] = (new BitFitMethod(), 3e-3),
            ["IA3"] = (new IA3Method(), 1e-2),
            ["RED"] = (new REDMethod(), 5e-3),
            ["LoReFT"] = (new LoReFTMethod { Rank = 4, PrefixLength = 3 }, 4e-3),
            ["LoRA"] = (new LoRAMethod(), 2e-3),
            ["DoRA"] = (new DoRAMethod(), 2e-3),
            ["DoRA, fixed magnitude"] = (new DoRAMethod { TrainMagnitude = false }, 2e-3),
            ["VeRA"] = (new VeRAMethod(), 1e-2),
            ["OFT"] = (new OFTMethod(), 2e-3),
            ["BOFT"] = (new BOFTMethod { ButterflyFactors = 2 }, 5e-3),
            ["HRA"] = (new HRAMethod(), 2e-3),
            ["Adapter (Houlsby)"] = (new BottleneckMethod { Size = 16 }, 2e-3),
            ["Adapter-FFN (Pfeiffer)"] = (BottleneckMethod.AfterFeedForward with { Size = 16 }, 2e-3),
            ["ETHER"] = (new ETHERMethod(), 5e-3),
            ["ETHER+"] = (new ETHERPlusMethod(), 5e-3),
            ["lambda(uu^T - vv^T)W"] = (new MultiplicativeDeLoRAMethod { Rank = 1 }, 5e-3),
            ["lambda/r(USU^T - VTV^T)W"] = (new MultiplicativeDeLoRAMethod { Lambda = 4 }, 5e-3),
            ["lambda/r(BXA - DPC)W"] = (new MultiplicativeDeLoRAMethod { Lambda = 4, Form = MultiplicativeForm.Relaxed }, 5e-3),
            ["DeLoRA, no weight scaling"] = (new DeLoRAMethod { Lambda = 8, WeightScaling = DeLoRAWeightScaling.None }, 4e-3),
            ["DeLoRA, B = 0"] = (new DeLoRAMethod { Lambda = 8, Initialization = DeLoRAInitialization.ZeroB }, 4e-3),
            ["DeLoRA"] = (new DeLoRAMethod { Lambda = 8 }, 4e-3),
        };

    public static string Markdown(IReadOnlyCollection<MethodsBenchmark.Result> results)
    {
        string[] tasks = [.. results.Select(r => r.Task).Distinct()];
        var text = new StringBuilder();
        text.AppendLine($"| method | {string.Join(" | ", tasks.Select(t => $"{t}, {results.First(r => r.Task == t).Metric}"))} | trained "
            + "besides the head | learning rate | time | peak MB |");
        text.AppendLine($"|---|{string.Concat(tasks.Select(_ => "---|"))}---|---|---|---|");
        double yardstick = results.Where(r => r.Method == "DeLoRA").Select(r => r.Seconds).DefaultIfEmpty(1).Average();
        foreach (string method in Rows.Keys.Where(m => results.Any(r => r.Method == m)))
        {
            MethodsBenchmark.Result[] own = [.. results.Where(r => r.Method == method)];
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {method} | {string.Join(" | ", tasks.Select(t => Cell([.. own.Where(r => r.Task == t).Select(r => r.Value)])))} | "
                    + $"{own[0].TrainedBesidesHead:N0} | {own[0].LearningRate:0.#####} | {own.Average(r => r.Seconds) / yardstick:F2} | "
                    + $"{own.Max(r => r.PeakMegabytes):F0} |");
        }
        return text.ToString();
    }

    // Mean and sample deviation, as the paper's tables.
    private static string Cell(double[] values)
    {
        if (values.Length == 0)
            return "";
        double mean = values.Average();
        double deviation = values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{mean:F3} ({deviation:F3})");
    }
}
