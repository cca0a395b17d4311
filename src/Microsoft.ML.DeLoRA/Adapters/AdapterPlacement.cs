using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>What a method trains on one encoder.</summary>
/// <param name="Adapters">New adapters, not yet on their modules.</param>
/// <param name="EncoderParameters">The encoder's own parameters that are trained too, such as biases.</param>
public sealed record AdapterPlacement(IReadOnlyList<Adapter> Adapters, IReadOnlyList<ModelParameter> EncoderParameters)
{
    /// <summary>Constants that several adapters share, under their whole names in a checkpoint (<c>base_model.vera_A</c>); default none.</summary>
    public IReadOnlyList<ModelParameter> SharedBuffers { get; init; } = [];
}
