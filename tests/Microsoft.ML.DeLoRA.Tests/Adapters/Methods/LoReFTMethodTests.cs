using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class LoReFTMethodTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 2)]
    [InlineData(2, 1)]
    public void Only_the_tokens_at_the_edges_are_edited_and_within_the_subspace(int prefix, int suffix)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using PackedBatch batch = TinyModel.Batch();
        Tensor before = model.Encoder.HiddenStates(batch).ElementAt(1);
        using AdapterSet adapters =
            AdapterSet.Attach(model.Encoder, new LoReFTMethod { Rank = 3, PrefixLength = prefix, SuffixLength = suffix, Layers = [0] });
        Tensor change = model.Encoder.HiddenStates(batch).ElementAt(1) - before;
        float[] norms = change.norm(1).ToArray();
        for (int row = 0; row < batch.Count; row++)
        {
            (int start, int end) = (batch.TokensOf(row).Start.Value, batch.TokensOf(row).End.Value);
            for (int token = start; token < end; token++)
                Assert.Equal(token < start + prefix || token >= end - suffix, norms[token] > 0);
        }
        // The edits of all tokens lie in one subspace of three dimensions, and there h becomes W h + b.
        Assert.InRange(linalg.svdvals(change).ToArray()[3], 0, 1e-5);
        Tensor r = linalg.qr(adapters.Adapters[0].Parameters[0].Value.t()).Item1;
        Assert.InRange((change - matmul(matmul(change, r), r.t())).abs().max().Number(), 0, 1e-5);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        foreach (LoReFTMethod wrong in new[]
        {
            new LoReFTMethod { Rank = 0 }, new LoReFTMethod { Rank = 17 }, new LoReFTMethod { PrefixLength = 0 },
            new LoReFTMethod { SuffixLength = -1 },
            new LoReFTMethod { Dropout = 1 }, new LoReFTMethod { Layers = [2] }, new LoReFTMethod { Layers = [-1] },
        })
            Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, wrong));
    }
}
