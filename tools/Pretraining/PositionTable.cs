using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>Rows of the position table beyond those that training has seen.</summary>
internal static class PositionTable
{
    /// <summary>
    /// Fills the table beyond its first positions with copies of them: a position that was never trained would be noise to the
    /// layers, a copy is a good start.
    /// </summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="seen">Number of trained positions.</param>
    public static void Repeat(PackedEncoder encoder, int seen)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor table = encoder.Parameters.Single(p => p.Name == "embeddings.position_embeddings.weight").Value;
        int first = encoder.Configuration.PadId + 1;
        for (long start = first + seen; start < table.shape[0]; start += seen)
        {
            long length = Math.Min(seen, table.shape[0] - start);
            table.narrow(0, start, length).copy_(table.narrow(0, first, length));
        }
    }
}
