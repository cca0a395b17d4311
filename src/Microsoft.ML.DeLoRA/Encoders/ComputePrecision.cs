namespace Microsoft.ML.DeLoRA;

/// <summary>
/// The number format in which the products of the frozen encoder are computed. Adapters, norms and heads stay in float32.
/// </summary>
public enum ComputePrecision
{
    /// <summary>32-bit floats: the reference.</summary>
    Float32,

    /// <summary>
    /// bfloat16 products with float32 accumulation: faster on processors with bf16 instructions and on GPUs; relative error of about 1e-2
    /// per product.
    /// </summary>
    BFloat16,
}
