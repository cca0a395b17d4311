using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>The option that says where to compute.</summary>
internal sealed class DeviceOption
{
    private const string Name = "--device";

    private readonly Option<string> _device = Values.Option(Name, "Where to compute: cpu, cuda (the first GPU) or cuda:N", "cpu");

    public void AddTo(System.CommandLine.Command command) => command.Add(_device);

    /// <exception cref="UsageException">It is no device, or is not there.</exception>
    public Device Read(ParseResult arguments)
    {
        try
        {
            return Devices.Parse(arguments.GetRequiredValue(_device));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw new UsageException($"{Name}: {e.Message}");
        }
    }
}
