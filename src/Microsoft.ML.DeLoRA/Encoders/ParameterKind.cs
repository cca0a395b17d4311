namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>What a parameter is to the optimiser: it decides learning rate and weight decay, nothing else.</summary>
public enum ParameterKind
{
    /// <summary>A matrix or a vector that is trained at the base learning rate with weight decay.</summary>
    Weight,

    /// <summary>A bias or a LayerNorm parameter: base learning rate, no weight decay.</summary>
    Bias,

    /// <summary>A strength such as DeLoRA's lambda: a learning rate of its own.</summary>
    Strength,
}
