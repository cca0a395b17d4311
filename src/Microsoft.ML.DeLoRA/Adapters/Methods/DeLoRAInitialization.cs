namespace Microsoft.ML.DeLoRA;

/// <summary>How a DeLoRA adapter starts as no change at all.</summary>
public enum DeLoRAInitialization
{
    /// <summary>
    /// A and B random; the same expression of frozen copies C and D is subtracted (paper, equation 9, as the authors' code
    /// computes it: scaled by the current lambda).
    /// </summary>
    FrozenCopy,

    /// <summary>
    /// A random, B = 0, norms held at 1e-4 or more (PEFT). Its first non-zero step jumps to a relative norm of about
    /// lambda / sqrt(rank * in), whatever the learning rate.
    /// </summary>
    ZeroB,
}
