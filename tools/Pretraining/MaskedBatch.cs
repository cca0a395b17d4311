using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>One step's rows where the model computes: packed, with the hidden tokens' places and what stood there.</summary>
internal sealed class MaskedBatch : IDisposable
{
    private MaskedBatch(PackedBatch packed, Tensor positions, Tensor targets, Tensor neighbours)
        => (Packed, Positions, Targets, Neighbours) = (packed, positions, targets, neighbours);

    /// <summary>The rows, all of one length, so that they keep their order in the packed batch.</summary>
    public PackedBatch Packed { get; }

    /// <summary>Indices of the tokens to predict among all tokens, int64 [hidden tokens].</summary>
    public Tensor Positions { get; }

    /// <summary>The tokens that stood there, int64 [hidden tokens].</summary>
    public Tensor Targets { get; }

    /// <summary>For each row the one that follows or precedes it in the corpus, int64 [rows].</summary>
    public Tensor Neighbours { get; }

    /// <param name="rows">The masked rows.</param>
    /// <param name="padId">Id of the padding token.</param>
    /// <param name="device">Where the tensors go.</param>
    public static MaskedBatch Create(MaskedRows rows, int padId, Device device)
    {
        using var scope = NewDisposeScope();
        long[] neighbours = [.. Enumerable.Range(0, rows.Rows.Count).Select(r => (long)(r ^ 1))];
        return new MaskedBatch(
            PackedBatch.Create(rows.Rows, padId, device), Indices(rows.Positions), Indices(rows.Targets), Indices(neighbours));

        Tensor Indices(long[] values) => tensor(values, device: device).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        Packed.Dispose();
        Positions.Dispose();
        Targets.Dispose();
        Neighbours.Dispose();
    }
}
