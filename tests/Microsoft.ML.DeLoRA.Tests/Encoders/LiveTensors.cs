using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>Tests that count all tensors of the process: they run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LiveTensors
{
    public const string Name = nameof(LiveTensors);

    /// <summary>Tensors not yet disposed, once those that other tests forgot are gone.</summary>
    public static long Settled()
    {
        // What other tests forgot goes before the count, never between two of them.
        long count, before;
        do
        {
            before = Tensor.TotalCount;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            count = Tensor.TotalCount;
        }
        while (count != before);
        return count;
    }
}
