using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>Where and with what a run was made.</summary>
/// <param name="Date">Day of the run, UTC.</param>
/// <param name="Processor">The processor's name.</param>
/// <param name="Cores">Processors that the process may use.</param>
/// <param name="Threads">Threads of a product.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="Runtime">The .NET version.</param>
/// <param name="Library">This library's version.</param>
/// <param name="TorchSharp">TorchSharp's version.</param>
/// <param name="Commit">The git commit that the library was built from; null when it was not built in a repository.</param>
/// <param name="Device">What computed, <c>cpu</c> or <c>cuda:N</c>; null in files of versions that did not tell.</param>
public sealed record RunEnvironment(
    string Date, string Processor, int Cores, int Threads, string OperatingSystem, string Runtime, string Library,
    string? TorchSharp, string? Commit, string? Device = null)
{
    /// <summary>The environment of this process.</summary>
    /// <param name="device">What computes; null: the CPU.</param>
    public static RunEnvironment Current(torch.Device? device = null)
    {
        // The SDK writes "version+commit" when it builds inside of a repository.
        var attribute = typeof(RunEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        string[] version = (attribute?.InformationalVersion ?? "unknown").Split('+', 2);
        return new RunEnvironment(
            DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ProcessorName(), Environment.ProcessorCount, torch.get_num_threads(),
            RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, version[0],
            typeof(torch).Assembly.GetName().Version?.ToString(), version.Length > 1 ? version[1] : null,
            Devices.Name(device ?? torch.CPU));
    }

    internal static string ProcessorName()
    {
        const string information = "/proc/cpuinfo";
        string? line = File.Exists(information)
            ? File.ReadLines(information).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[^1].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
