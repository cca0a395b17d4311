using System.Globalization;
using Spectre.Console;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>
/// Bars of epoch and run that are redrawn in place, with loss, learning rate, speed and time left; what is to be kept goes above them.
/// </summary>
internal sealed class LiveProgress : IProgress<TrainingProgress>
{
    private static volatile IAnsiConsole? _shown;

    private readonly IAnsiConsole _console;
    private readonly ProgressTask _epoch;
    private readonly ProgressTask _run;

    private LiveProgress(IAnsiConsole console, ProgressContext context)
    {
        _console = console;
        _epoch = context.AddTask("epoch", autoStart: true);
        _run = context.AddTask("run", autoStart: true);
    }

    /// <summary>Shows a run: on a terminal with bars, else with plain lines.</summary>
    public static T Show<T>(Func<IProgress<TrainingProgress>, T> run)
        => Console.IsErrorRedirected
            ? run(new ConsoleProgress())
            : Show(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }), run);

    /// <summary>Shows a run with bars.</summary>
    public static T Show<T>(IAnsiConsole console, Func<IProgress<TrainingProgress>, T> run)
    {
        _shown = console;
        try
        {
            return console.Progress()
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
                .Start(context => run(new LiveProgress(console, context)));
        }
        finally
        {
            _shown = null;
        }
    }

    /// <summary>Writes a line to standard error: above the bars while there are some.</summary>
    public static void WriteLine(string line)
    {
        if (_shown is { } console)
            console.WriteLine(line);
        else
            Console.Error.WriteLine(line);
    }

    public void Report(TrainingProgress value)
    {
        foreach (string line in ConsoleProgress.Lines(value))
            _console.WriteLine(line);
        int steps = value.StepCount / value.EpochCount;
        Set(_epoch, value.Step - (value.Epoch - 1) * steps, steps,
            string.Create(CultureInfo.InvariantCulture,
                $"epoch {value.Epoch}/{value.EpochCount}  loss {value.Loss:F4}  rate {value.LearningRate:G3}"));
        Set(_run, value.Step, value.StepCount,
            string.Create(CultureInfo.InvariantCulture,
                $"step {value.Step}/{value.StepCount}  {value.RowsPerSecond:F0} rows/s  {TimeLeft(value.TimeLeft)} left"));
    }

    /// <summary>Days only where there are any.</summary>
    public static string TimeLeft(TimeSpan time)
        => time.ToString(time.Days > 0 ? @"d\.hh\:mm\:ss" : @"hh\:mm\:ss", CultureInfo.InvariantCulture);

    private static void Set(ProgressTask task, int value, int maximum, string description)
    {
        task.MaxValue = maximum;
        task.Value = value;
        task.Description = Markup.Escape(description);
    }
}
