using System.Globalization;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>One line for each epoch; on a terminal also one that is rewritten after each step.</summary>
internal sealed class ConsoleProgress : IProgress<TrainingProgress>
{
    private readonly bool _live = !Console.IsErrorRedirected;

    public void Report(TrainingProgress value)
    {
        if (value.FinishedEpoch is { } epoch)
        {
            string validation = epoch.ValidationMetric is double metric ? $"  validation {metric:F4}" : "";
            Write($"epoch {value.Epoch}/{value.EpochCount}  loss {epoch.TrainingLoss:F4}{validation}  {value.RowsPerSecond:F0} rows/s  {value.TimeLeft:hh\\:mm\\:ss} left", last: true);
        }
        else if (_live)
        {
            Write($"epoch {value.Epoch}/{value.EpochCount}  step {value.Step}/{value.StepCount}  loss {value.Loss:F4}  {value.RowsPerSecond:F0} rows/s  {value.TimeLeft:hh\\:mm\\:ss} left", last: false);
        }
    }

    private void Write(FormattableString line, bool last)
    {
        string text = line.ToString(CultureInfo.InvariantCulture);
        if (_live)
            Console.Error.Write("\r" + text.PadRight(79) + (last ? "\n" : ""));
        else
            Console.Error.WriteLine(text);
    }
}
