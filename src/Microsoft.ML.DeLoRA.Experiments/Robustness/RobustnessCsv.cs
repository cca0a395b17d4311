using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>Results as RFC 4180, one line for each run; empty fields for what there is not.</summary>
internal static class RobustnessCsv
{
    private static readonly (string Name, Func<RobustnessResult, object?> Value)[] _columns =
    [
        ("task", r => r.Run.Task),
        ("method", r => r.Run.Method),
        ("sweep", r => r.Sweep),
        ("factor", r => r.Factor),
        ("seed", r => r.Run.Seed),
        ("learning_rate", r => r.Settings["learning_rate"]),
        ("lambda_learning_rate", r => r.Settings["lambda_learning_rate"]),
        ("head_learning_rate", r => r.Settings["head_learning_rate"]),
        ("metric", r => r.Run.Metric),
        ("test", r => r.Run.Value),
        ("best_epoch", r => r.Run.BestEpoch),
        ("last_training_loss", r => Last(r)?.TrainingLoss),
        ("last_validation", r => Last(r)?.ValidationMetric),
        ("module", r => r.Module),
        ("distance", r => r.Distance),
        ("distance_bound", r => r.Bound),
        ("seconds", r => r.Run.Seconds),
        ("diverged", r => r.Run.Diverged),
    ];

    public static string Create(IEnumerable<RobustnessResult> results)
    {
        var text = new StringBuilder().AppendJoin(',', _columns.Select(c => c.Name)).Append("\r\n");
        foreach (RobustnessResult result in results)
            text.AppendJoin(',', _columns.Select(c => Field(c.Value(result)))).Append("\r\n");
        return text.ToString();
    }

    private static EpochResult? Last(RobustnessResult result) => result.Run.Epochs.Count == 0 ? null : result.Run.Epochs[^1];

    private static string Field(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
