using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>What libtorch throws when numbers out of a file have no result: a matrix that cannot be inverted, a decomposition that does not end.</summary>
internal static class TorchFault
{
    /// <summary>True for such an exception; a lack of memory is none.</summary>
    public static bool IsOne(Exception exception) => exception is ExternalException && !OutOfMemory.Is(exception);

    /// <summary>What an exception says, without libtorch's stack.</summary>
    public static string Text(Exception exception) => IsOne(exception) ? exception.Message.Split('\n')[0] : exception.Message;
}
