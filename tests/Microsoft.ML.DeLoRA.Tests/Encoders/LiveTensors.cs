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
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
