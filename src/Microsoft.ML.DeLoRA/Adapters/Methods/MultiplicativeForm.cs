namespace Microsoft.ML.DeLoRA;

/// <summary>The two multiplicative steps on the ladder from ETHER+ to DeLoRA (paper, table 2).</summary>
public enum MultiplicativeForm
{
    /// <summary>Two sums of projections: W + (lambda / r) (U S U^T - V T V^T) W. With rank 1: W + lambda (u u^T - v v^T) W.</summary>
    Symmetric,

    /// <summary>The two sides of each projection train apart: W + (lambda / r) (B X A - D P C) W.</summary>
    Relaxed,
}
