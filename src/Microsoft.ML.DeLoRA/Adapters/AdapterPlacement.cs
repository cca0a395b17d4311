using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>What a method trains on one encoder.</summary>
/// <param name="Adapters">New adapters, not yet on their layers.</param>
/// <param name="EncoderParameters">The encoder's own parameters that are trained too, such as biases.</param>
public sealed record AdapterPlacement(IReadOnlyList<LinearAdapter> Adapters, IReadOnlyList<ModelParameter> EncoderParameters);
