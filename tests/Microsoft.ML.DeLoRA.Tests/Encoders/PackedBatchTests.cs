using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

public class PackedBatchTests
{
    [Fact]
    public void Sequences_lie_end_to_end_longest_first_and_are_found_again()
    {
        using PackedBatch batch = PackedBatch.Create([new[] { 0, 5, 2 }, new[] { 0, 6, 7, 8, 2 }, new[] { 0, 2 }]);
        Assert.Equal((3, 10), (batch.Count, batch.TokenCount));
        Assert.Equal([0, 6, 7, 8, 2, 0, 5, 2, 0, 2], batch.Ids.data<long>().ToArray());
        Assert.Equal([2, 3, 4, 5, 6, 2, 3, 4, 2, 3], batch.Positions.data<long>().ToArray());
        Assert.Equal((5..8, 0..5, 8..10), (batch.TokensOf(0), batch.TokensOf(1), batch.TokensOf(2)));
    }

    [Fact]
    public void Positions_pass_over_padding_tokens_as_in_Hugging_Face()
    {
        using PackedBatch batch = PackedBatch.Create([new[] { 0, 1, 5, 1, 2 }]);
        Assert.Equal([2, 1, 3, 1, 4], batch.Positions.data<long>().ToArray());
    }

    [Fact]
    public void Logits_come_in_the_callers_order_and_do_not_depend_on_the_company()
    {
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        ReadOnlyMemory<int>[] rows = [.. TinyModel.Rows(40).Select(r => (ReadOnlyMemory<int>)r)];
        using PackedBatch together = PackedBatch.Create(rows, device: TestDevice.Current);
        using PackedBatch padded = PackedBatch.CreatePadded(rows, device: TestDevice.Current);
        using var scope = NewDisposeScope();
        float[] packedLogits = model.Forward(together).ToArray();
        Assert.InRange(Differences.Largest(packedLogits, model.Forward(padded)), 0, 1e-5);
        for (int row = 0; row < rows.Length; row++)
        {
            using PackedBatch alone = PackedBatch.Create([rows[row]], device: TestDevice.Current);
            Assert.InRange(Differences.Largest(packedLogits.AsSpan(row * 3, 3), model.Forward(alone)), 0, 1e-5);
        }
    }

    [Fact]
    public void Short_and_long_sequences_together_are_cut_into_groups_with_the_same_results()
    {
        using IDisposable noGrad = no_grad();
        EncoderConfiguration configuration = TinyModel.Configuration with { PositionCount = 260 };
        using var weights = new RandomWeights(configuration, 1);
        using var encoder = new PackedEncoder(configuration, weights);
        encoder.MoveTo(TestDevice.Current);
        var random = new Random(1);
        ReadOnlyMemory<int>[] rows = [.. new[] { 3, 250, 17, 100, 101, 4, 240, 60, 90, 5, 30, 120, 3 }
            .Select(n => (ReadOnlyMemory<int>)Enumerable.Range(0, n).Select(_ => random.Next(3, 50)).ToArray())];
        using PackedBatch batch = PackedBatch.Create(rows, device: TestDevice.Current);
        Assert.True(batch.Groups.Length > 1);
        Assert.Contains(batch.Groups, g => g.CellToken is not null);
        using var scope = NewDisposeScope();
        Tensor all = encoder.Forward(batch);
        Tensor first = encoder.ForwardFirst(batch);
        for (int row = 0; row < rows.Length; row++)
        {
            using PackedBatch alone = PackedBatch.Create([rows[row]], device: TestDevice.Current);
            (int start, int length) = batch.TokensOf(row).GetOffsetAndLength(batch.TokenCount);
            float[] expected = encoder.Forward(alone).ToArray();
            Assert.InRange(Differences.Largest(expected, all.narrow(0, start, length)), 0, 1e-5);
            Assert.InRange(Differences.Largest(expected.AsSpan(0, configuration.HiddenSize), first.narrow(0, row, 1)), 0, 1e-5);
        }
    }

    [Fact]
    public void What_makes_no_batch_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PackedBatch.Create([]));
        Assert.Contains("Sequence 1",
            Assert.Throws<ArgumentException>(() => PackedBatch.Create([new[] { 0, 2 }, Array.Empty<int>()])).Message);
        Assert.Contains("2 tokens but its mask has 1",
            Assert.Throws<ArgumentException>(() => PackedBatch.Create([new[] { 0, 2 }], visible: [[true]])).Message);
    }
}
