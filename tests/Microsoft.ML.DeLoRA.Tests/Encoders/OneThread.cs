using System.Runtime.CompilerServices;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>
/// Test classes run side by side, each on matrices too small to share out: libtorch's threads would only wait for each other,
/// for minutes on a busy machine.
/// </summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set() => torch.set_num_threads(1);
}
