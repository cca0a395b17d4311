using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Encoders;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Cli.Commands;

/// <summary>In what number format, and on how many threads, <c>train</c> computes.</summary>
internal sealed class ComputeOptions
{
    private const int MostThreads = 1024;

    private readonly Option<string> _precision = Values.Option("--precision",
        "Number format of the frozen products: float32, or bfloat16 (faster where the processor has it)", "float32");

    private readonly Option<int?> _threads = new("--threads")
    {
        Description = "Threads that compute; as many as libtorch chooses when not given",
    };

    public void AddTo(System.CommandLine.Command command)
    {
        _precision.AcceptOnlyFromAmong("float32", "bfloat16");
        command.Add(_precision);
        command.Add(_threads);
    }

    public ComputePrecision Precision(ParseResult arguments)
        => Enum.Parse<ComputePrecision>(arguments.GetRequiredValue(_precision), ignoreCase: true);

    /// <summary>Sets the number of threads, if one was given.</summary>
    /// <exception cref="UsageException">It is out of range.</exception>
    public void SetThreads(ParseResult arguments)
    {
        if (arguments.GetValue(_threads) is not { } threads)
            return;
        if (threads is not (>= 1 and <= MostThreads))
            throw new UsageException($"{_threads.Name} is {threads}; it must be from 1 to {MostThreads}.");
        torch.set_num_threads(threads);
    }
}
