using System.CommandLine;
using Microsoft.ML.DeLoRA.Cli.Tables;

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

    private readonly Option<string> _waiting = Values.Option("--waiting",
        "How threads wait for each other: brief; asleep where others compute all the time; busy on a machine of one's own", "brief");

    public void AddTo(System.CommandLine.Command command)
    {
        _precision.AcceptOnlyFromAmong("float32", "bfloat16");
        command.Add(_precision);
        _waiting.AcceptOnlyFromAmong("brief", "asleep", "busy");
        command.Add(_threads);
        command.Add(_waiting);
    }

    public ComputePrecision Precision(ParseResult arguments)
        => Enum.Parse<ComputePrecision>(arguments.GetRequiredValue(_precision), ignoreCase: true);

    /// <summary>Sets how threads wait and, if it was given, their number; to be called before anything is computed.</summary>
    /// <exception cref="UsageException">It is out of range.</exception>
    public void SetThreads(ParseResult arguments)
    {
        if (arguments.GetResult(_waiting) is { Implicit: false })
            ComputeThreads.Waiting = Enum.Parse<ThreadWaiting>(arguments.GetRequiredValue(_waiting), ignoreCase: true);
        if (arguments.GetValue(_threads) is not { } threads)
            return;
        if (threads is not (>= 1 and <= MostThreads))
            throw new UsageException($"{_threads.Name} is {threads}; it must be from 1 to {MostThreads}.");
        ComputeThreads.Count = threads;
    }
}
