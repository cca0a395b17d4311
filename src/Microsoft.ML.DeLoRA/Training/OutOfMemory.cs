using System.Runtime.InteropServices;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Tells a lack of memory from other errors: libtorch reports it as an error like any other, by its text.</summary>
internal static class OutOfMemory
{
    private static readonly string[] _texts = ["out of memory", "can't allocate memory", "not enough memory"];

    public static bool Is(Exception exception)
        => exception is OutOfMemoryException
            || (exception is ExternalException && _texts.Any(t => exception.Message.Contains(t, StringComparison.OrdinalIgnoreCase)));
}
