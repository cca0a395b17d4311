using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>What <c>glue</c> and <c>robustness</c> have in common: data, device, checkpoints, and how a run is stopped.</summary>
internal sealed class GlueRunOptions
{
    private readonly Option<string> _data = Values.Option("--data", "Folder with the tasks' folders (docs/glue.md)", "glue_data");
    private readonly DeviceOption _device = new();

    private readonly Option<double> _minutes = Values.Option("--checkpoint-minutes",
        "Minutes between two checkpoints, from which the same command goes on when it was stopped; 0: one at the end of each epoch", 10.0);

    public void AddTo(System.CommandLine.Command command)
    {
        command.Add(_data);
        command.Add(_minutes);
        _device.AddTo(command);
    }

    public GlueDirectory Data(ParseResult arguments) => new(arguments.GetRequiredValue(_data));

    /// <summary>The settings with what was given.</summary>
    /// <exception cref="UsageException">The number of minutes is out of range, or there is no such device.</exception>
    public GlueSettings Read(ParseResult arguments, GlueSettings settings)
    {
        TimeSpan interval = Minutes.Read(_minutes.Name, arguments.GetValue(_minutes));
        return settings with { Device = _device.Read(arguments), CheckpointInterval = interval };
    }

    /// <summary>Does the runs; says how to go on when they are stopped.</summary>
    public static T Run<T>(Func<T> runs)
    {
        try
        {
            return runs();
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("The same command goes on from here.");
            throw;
        }
    }
}
