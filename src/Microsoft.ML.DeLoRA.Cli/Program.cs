using System.CommandLine;
using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Training;

var root = new RootCommand("Fine-tunes RoBERTa text classifiers with DeLoRA.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    PredictCommand.Create(),
    ExportCommand.Create(),
    ImportCommand.Create(),
    PretrainCommand.Create(),
    GlueCommand.Create(),
    RobustnessCommand.Create(),
    DoctorCommand.Create(),
};
try
{
    // A cancelled run may finish its step and write its checkpoint.
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
    });
}
catch (Exception e) when (e is UsageException or ArgumentException or IOException or InvalidDataException or NotSupportedException
    or UnauthorizedAccessException or InvalidOperationException or TrainingDivergedException or ExternalException
    or NativeLibraryException)
{
    Console.Error.WriteLine($"delora: {e.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("delora: stopped.");
    return 130;
}
