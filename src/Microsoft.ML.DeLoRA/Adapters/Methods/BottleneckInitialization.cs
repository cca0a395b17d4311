namespace Microsoft.ML.DeLoRA;

/// <summary>How a bottleneck adapter starts.</summary>
public enum BottleneckInitialization
{
    /// <summary>Down uniform within +-1 / sqrt(its columns), up zero: no change at the start (the authors' <c>mam_adapter</c>).</summary>
    ZeroUp,

    /// <summary>Both normal with deviation 0.02: nearly no change at the start (the authors' <c>bert</c>, their default).</summary>
    Bert,
}
