using System.Runtime.CompilerServices;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>
/// Test classes run side by side, each on matrices too small to share out: libtorch's threads would only wait for each other,
/// for minutes on a busy machine. <c>DELORA_TEST_THREADS</c> says another number; test.sh runs what computes on two, too.
/// </summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set()
    {
        // What a program sees that touches libtorch first is what these children are for.
        if (Environment.GetCommandLineArgs() is not [_, "first-use", ..])
            SetNow();
    }

    private static void SetNow()
        => torch.set_num_threads(int.TryParse(Environment.GetEnvironmentVariable("DELORA_TEST_THREADS"), out int threads) ? threads : 1);
}
