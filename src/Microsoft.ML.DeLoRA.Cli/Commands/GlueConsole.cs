using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>A GLUE run's progress and notes on the console.</summary>
internal sealed class GlueConsole : IGlueProgress
{
    private readonly ConsoleProgress _console = new();

    public void Report(TrainingProgress value) => _console.Report(value);

    public void Note(string message) => Console.Error.WriteLine(message);
}
