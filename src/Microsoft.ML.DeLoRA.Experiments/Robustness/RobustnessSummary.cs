using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.ML.DeLoRA.Experiments.Charts;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>The tables of a report that are not those of its charts.</summary>
internal static class RobustnessSummary
{
    private static readonly string[] _perRun =
        ["method", "adapter", "seed", "learning_rate", "lambda_learning_rate", "head_learning_rate", "sweep", "factor"];

    /// <summary>For each series the base rates, the best metric, and how far below it the metric at a high factor is.</summary>
    public static XElement Create(RobustnessCurves curves)
    {
        string high = ChartNumber.Format(RobustnessCurves.HighFactor);
        return Html.Table(
            [
                "method", "base rate", "lambda's base rate", "head's rate",
                $"best {curves.MetricName} (%)", "at factor", $"at factor {high} (%)", "below the best (points)",
            ],
            curves.Series.Select(s => Row(s.Name, s.Results)));
    }

    /// <summary>What all runs have in common: settings, rows, machine, versions; and each method's options.</summary>
    public static XElement Settings(IReadOnlyList<RobustnessResult> results)
    {
        RobustnessResult first = results[0];
        GlueResult run = first.Run;
        RunEnvironment machine = run.Environment;
        var rows = new List<string[]>();
        rows.AddRange(first.Settings.Where(s => !_perRun.Contains(s.Key)).Select(s => (string[])[s.Key.Replace('_', ' '), Value(s.Value)]));
        rows.AddRange(results.DistinctBy(r => r.Run.Method).Select(r => (string[])[r.Run.Method, Value(r.Settings["adapter"])]));
        rows.Add(["seeds", string.Join(", ", results.Select(r => r.Run.Seed).Distinct())]);
        rows.Add(["rows", string.Create(CultureInfo.InvariantCulture,
            $"{run.TrainRows:N0} training, {run.ValidationRows:N0} validation, {run.TestRows:N0} test")]);
        rows.Add(["runs", string.Create(CultureInfo.InvariantCulture,
            $"{results.Count}, {results.Sum(r => r.Run.Seconds):F0} s in all, {results.Count(r => r.Run.Diverged is not null)} diverged")]);
        rows.Add(["machine", $"{machine.Processor}, {machine.Cores} cores, {machine.Threads} threads used; {machine.OperatingSystem}"]);
        rows.Add(["device", machine.Device ?? "cpu"]);
        rows.Add(["versions", $"Microsoft.ML.DeLoRA {machine.Library}{(machine.Commit is null ? "" : $" ({machine.Commit})")}, "
            + $"{machine.Runtime}, TorchSharp {machine.TorchSharp}"]);
        rows.Add(["date", machine.Date]);
        XElement table = Html.Table(["", ""], rows);
        table.SetAttributeValue("class", "table words");
        return table;
    }

    private static string[] Row(string name, RobustnessResult[] results)
    {
        ChartPoint[] points = [.. RobustnessCurves.MetricPoints(results).Where(p => double.IsFinite(p.Y))];
        ChartPoint? best = points.Length == 0 ? null : points.MaxBy(p => p.Y);
        ChartPoint? high = points.Where(p => p.X == RobustnessCurves.HighFactor).Select(p => (ChartPoint?)p).FirstOrDefault();
        RobustnessResult first = results[0];
        return
        [
            name, Rate(first.Settings["learning_rate"], first.Sweep == RobustnessSweep.Lambda ? 1 : first.Factor),
            Rate(first.Settings["lambda_learning_rate"], first.Sweep == RobustnessSweep.BA ? 1 : first.Factor),
            Rate(first.Settings["head_learning_rate"], 1),
            Percent(best?.Y), best is null ? "-" : ChartNumber.Format(best.Value.X), Percent(high?.Y), Percent(best?.Y - high?.Y),
        ];
    }

    private static string Rate(JsonNode? rate, double factor)
        => rate is JsonValue value && value.TryGetValue(out double number) ? ChartNumber.Format(number / factor) : "-";

    private static string Percent(double? value) => value?.ToString("F1", CultureInfo.InvariantCulture) ?? "-";

    private static string Value(JsonNode? value) => value switch
    {
        null or JsonObject { Count: 0 } or JsonArray { Count: 0 } => "none",
        JsonArray items => string.Join(" ", items.Select(Value)),
        JsonObject options => string.Join(", ",
            options.Where(o => o.Key != "name").Select(o => $"{o.Key.Replace('_', ' ')} {Value(o.Value)}")),
        _ => value.ToString(),
    };
}
