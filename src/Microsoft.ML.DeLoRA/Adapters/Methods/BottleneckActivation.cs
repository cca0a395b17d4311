namespace Microsoft.ML.DeLoRA;

/// <summary>The function between the two matrices of a bottleneck adapter.</summary>
public enum BottleneckActivation
{
    /// <summary>tanh.</summary>
    Tanh,

    /// <summary>GELU, exact (not the tanh approximation).</summary>
    Gelu,

    /// <summary>max(x, 0).</summary>
    Relu,
}
