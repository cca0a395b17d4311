using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Native;
using TorchSharp;

namespace Microsoft.ML.DeLoRA;

/// <summary>How the threads that share a product of libtorch wait for the next one.</summary>
public enum ThreadWaiting
{
    /// <summary>
    /// They look out for it for some microseconds and then sleep: nearly as fast as <see cref="Busy"/> on an idle machine, and many times
    /// faster on a loaded one.
    /// </summary>
    Brief,

    /// <summary>They sleep at once: best where others compute all the time.</summary>
    Asleep,

    /// <summary>They keep looking out for milliseconds, as libtorch's OpenMP does by itself: for a machine of one's own.</summary>
    Busy,
}

/// <summary>On how many threads libtorch computes, and how these wait. Both hold for the whole process.</summary>
/// <remarks>
/// On Linux. OpenMP's own waiting is made for a machine that does nothing else: where other programs compute, its threads hold the
/// processor that the one they wait for needs. OMP_WAIT_POLICY and GOMP_SPINCOUNT in the environment win over what is set here.
/// Thread-safe.
/// </remarks>
public static class ComputeThreads
{
    // In turns of a loop with a pause, some 5 ns each; OpenMP's own is 300,000. Measured in benchmarks/threads.
    private const string BriefTurns = "1000";

    private static readonly Lock _lock = new();
    private static ThreadWaiting _waiting;
    private static bool _applied;

    /// <summary>
    /// How they wait; default <see cref="ThreadWaiting.Brief"/>. To be set before anything has been computed: OpenMP reads it once.
    /// </summary>
    /// <exception cref="InvalidOperationException">libtorch is loaded already.</exception>
    public static ThreadWaiting Waiting
    {
        get => _waiting;
        set
        {
            if (!Enum.IsDefined(value))
                throw new ArgumentException($"There is no {nameof(ThreadWaiting)} {value}.", nameof(value));
            lock (_lock)
            {
                if (_applied && value != _waiting)
                    throw new InvalidOperationException($"libtorch is loaded already, so {nameof(Waiting)} cannot "
                        + "change; set it before anything else.");
                _waiting = value;
            }
        }
    }

    /// <summary>Threads of one product; libtorch's own choice is the number of cores.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static int Count
    {
        get => NativeLibraries.Require(torch.get_num_threads);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            NativeLibraries.Require();
            torch.set_num_threads(value);
        }
    }

    /// <summary>Tells OpenMP, which is about to be loaded with libtorch.</summary>
    internal static void Apply()
    {
        lock (_lock)
        {
            if (_applied)
                return;
            _applied = true;
            if (!OperatingSystem.IsLinux() || _waiting == ThreadWaiting.Busy || IsSet("OMP_WAIT_POLICY") || IsSet("GOMP_SPINCOUNT"))
                return;
            try
            {
                // .NET's own setter changes a copy that native code does not see.
                _ = SetEnvironment("GOMP_SPINCOUNT", _waiting == ThreadWaiting.Brief ? BriefTurns : "0", 0);
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                // A C library of another name: the threads wait as they always did.
            }
        }
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int SetEnvironment(string name, string value, int overwrite);
}
