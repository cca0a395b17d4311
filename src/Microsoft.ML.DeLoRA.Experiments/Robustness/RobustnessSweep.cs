using System.Text.Json.Serialization;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>Which learning rates of the adapters a factor multiplies; the others stay at the method's base rates.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RobustnessSweep>))]
public enum RobustnessSweep
{
    /// <summary>All.</summary>
    Both,

    /// <summary>That of the strengths (DeLoRA's lambda) only.</summary>
    Lambda,

    /// <summary>That of the matrices (DeLoRA's B and A) only.</summary>
    BA,
}
