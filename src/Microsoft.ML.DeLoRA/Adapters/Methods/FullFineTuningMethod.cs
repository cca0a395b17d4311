using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Full fine-tuning: every parameter of the encoder trains, as many as the model has. The yardstick of the paper's tables; it keeps a copy
/// of the pretrained weights, to give them back when it is switched off. Use a small learning rate, such as 2e-5 for RoBERTa-base.
/// </summary>
public sealed record FullFineTuningMethod : AdapterMethod
{
    /// <inheritdoc/>
    public override string Name => "full";

    /// <inheritdoc/>
    internal override AdapterPlacement Place(PackedEncoder encoder, Generator generator) => new([], [.. encoder.Parameters]);
}
