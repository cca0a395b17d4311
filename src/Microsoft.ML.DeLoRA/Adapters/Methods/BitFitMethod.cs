using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// BitFit (Ben Zaken, Ravfogel, Goldberg: BitFit, ACL 2022): every bias of the encoder trains, LayerNorm's too, and nothing else.
/// Trained parameters: 7 hidden + intermediate in each layer, and hidden in the embeddings. No tensor is added, so merging has nothing
/// to do. Use a learning rate about ten times that of full fine-tuning, 1e-4 to 1e-2 (section 4 there).
/// </summary>
public sealed record BitFitMethod : AdapterMethod
{
    /// <inheritdoc/>
    public override string Name => "BitFit";

    /// <inheritdoc/>
    internal override AdapterPlacement Place(PackedEncoder encoder, Generator generator)
        => new([], [.. encoder.Parameters.Where(p => p.Name.EndsWith(".bias", StringComparison.Ordinal))]);
}
