using System.Globalization;
using Microsoft.ML.DeLoRA.Cli.Output;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.MLNet;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>What <c>train</c> says before the first step, on standard error: what it read, what it trains, where.</summary>
internal static class TrainReport
{
    private const int MostClasses = 12;

    /// <summary>Prints it.</summary>
    /// <param name="start">What the library knows of the run.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="path">The training file.</param>
    /// <param name="evalPath">The file of evaluation rows; null: none.</param>
    /// <param name="labels">See <see cref="Classes"/>, <see cref="Labels"/> and <see cref="Numbers"/>.</param>
    public static void Print(TrainingStart start, DeLoRATextOptions options, string path, string? evalPath, string labels)
    {
        foreach (string line in Lines(start, options, path, evalPath, labels))
            LiveProgress.WriteLine(line);
    }

    internal static IEnumerable<string> Lines(TrainingStart start, DeLoRATextOptions options, string path, string? evalPath, string labels)
    {
        string evaluation = start.ValidationRows is not { } rows ? ""
            : evalPath is null ? $"; {Count.Of(rows, "more is", "more are")} held back for evaluation"
            : $"; {Count.Rows(rows)} of {evalPath} for evaluation";
        yield return $"{Count.Rows(start.TrainingRows)} of {path} to train on{evaluation}.";
        yield return labels;
        (long trained, long all) = start.Parameters;
        string rate = options.Training.LearningRate.ToString("0.####e-0", CultureInfo.InvariantCulture);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{Method(options.Adapter)} on {options.BaseModel ?? "roberta-nano"}: {trained:N0} of {all:N0} parameters are trained ")
            + string.Create(CultureInfo.InvariantCulture, $"({(double)trained / all:P2}), ")
            + $"learning rate {rate}.";
        string precision = options.Precision == ComputePrecision.BFloat16 ? "bfloat16" : "float32";
        int threads = torch.get_num_threads();
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{start.Device}, {threads} {(threads == 1 ? "thread" : "threads")}, {precision}; texts of at most {start.MaxLength} tokens.");
    }

    /// <summary>The classes with their rows, the largest first.</summary>
    public static string Classes(IReadOnlyCollection<LabelledText> rows)
        => Counts("classes", rows.CountBy(r => r.Label));

    /// <summary>The labels with their rows, the largest first.</summary>
    public static string Labels(MultiLabelTexts texts)
        => Counts("labels", texts.Names.Select((name, i) => KeyValuePair.Create(name, texts.Rows.Count(r => r.Labels[i]))));

    /// <summary>The range of the numbers.</summary>
    public static string Numbers(IReadOnlyCollection<LabelledText> rows) => string.Create(CultureInfo.InvariantCulture,
        $"Labels from {rows.Min(r => r.Number):G6} to {rows.Max(r => r.Number):G6}, {rows.Average(r => r.Number):G6} in the mean.");

    /// <summary>A time as a person would say it: 8.3 s, 2 min 5 s, 3 h 20 min.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 59.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalMinutes)} min {time.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalHours)} h {time.Minutes} min"),
    };

    private static string Method(AdapterMethod? method) => method?.Name ?? "The head only";

    private static string Counts(string what, IEnumerable<KeyValuePair<string, int>> counts)
    {
        KeyValuePair<string, int>[] all = [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal)];
        IEnumerable<string> shown = all.Take(MostClasses).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value:N0}"));
        return $"{all.Length} {what}: {string.Join(", ", shown)}{(all.Length > MostClasses ? ", ..." : ".")}";
    }
}
