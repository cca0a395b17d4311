using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.BaseModels.Distillation;

/// <summary>Sentence vectors as sentence-transformers makes them: means of all tokens' last states, special ones too.</summary>
internal static class SentenceVectors
{
    private const int BatchRows = 64;

    /// <summary>The vectors, [rows, hidden], in the order of the rows; the caller disposes them.</summary>
    public static Tensor Compute(PackedEncoder encoder, IReadOnlyList<int[]> rows, CancellationToken cancellation = default)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        foreach (int[][] chunk in rows.Chunk(BatchRows))
        {
            cancellation.ThrowIfCancellationRequested();
            using PackedBatch batch = PackedBatch.Create([.. chunk.Select(row => (ReadOnlyMemory<int>)row)]);
            using Tensor hidden = encoder.Forward(batch);
            for (int row = 0; row < chunk.Length; row++)
            {
                (int start, int length) = batch.TokensOf(row).GetOffsetAndLength(batch.TokenCount);
                parts.Add(hidden.narrow(0, start, length).mean([0L]));
            }
        }
        return stack(parts, 0).MoveToOuterDisposeScope();
    }

    /// <summary>The cosine of each pair of rows.</summary>
    public static float[] Cosines(Tensor a, Tensor b)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return [.. nn.functional.cosine_similarity(a, b, 1, 1e-8).data<float>()];
    }
}
