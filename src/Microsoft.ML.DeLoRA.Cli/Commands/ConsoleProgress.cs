using System.Globalization;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>Plain lines on standard error, one for each epoch, evaluation and message: for files and pipes.</summary>
internal sealed class ConsoleProgress : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        foreach (string line in Lines(value))
            Console.Error.WriteLine(line);
    }

    /// <summary>What is to be kept of a report; nothing of most steps.</summary>
    public static IEnumerable<string> Lines(TrainingProgress value)
    {
        if (value.Message is { } message)
            yield return message;
        if ((value.FinishedEpoch ?? value.Evaluation) is not { } result)
            yield break;
        string step = value.Evaluation is null ? "" : $"  step {value.Step}/{value.StepCount}";
        string name = value.MetricName is { } metricName ? metricName + " " : "";
        string validation =
            result.ValidationMetric is { } metric ? string.Create(CultureInfo.InvariantCulture, $"  validation {name}{metric:F4}") : "";
        string left = LiveProgress.TimeLeft(value.TimeLeft);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"epoch {value.Epoch}/{value.EpochCount}{step}  loss {result.TrainingLoss:F4}{validation}  "
            + $"{value.RowsPerSecond:F0} rows/s  {left} left");
    }
}
