using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

public class SeededDropoutTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Elements_are_dropped_with_the_probability_and_the_rest_scaled_up(double probability)
    {
        using var dropout = new SeededDropout(3, TestDevice.Current);
        using Tensor input = full([1000, 1001], 2f, device: TestDevice.Current);
        using Tensor output = dropout.Apply(input, probability);
        float[] values = output.ToArray();
        float kept = (float)(2 / (1 - probability));
        Assert.All(values, v => Assert.True(v == 0 || MathF.Abs(v - kept) < 1e-5f));
        // Deviation of the share of a million draws: at most 0.0005; five-fold.
        Assert.InRange(values.Count(v => v == 0) / (double)values.Length, probability - 0.0025, probability + 0.0025);
        // No pattern: neighbours in rows and columns are dropped independently.
        int both = Enumerable.Range(0, values.Length - 1).Count(i => values[i] == 0 && values[i + 1] == 0);
        int below = Enumerable.Range(0, values.Length - 1001).Count(i => values[i] == 0 && values[i + 1001] == 0);
        Assert.InRange(both / (double)values.Length, probability * probability - 0.004, probability * probability + 0.004);
        Assert.InRange(below / (double)values.Length, probability * probability - 0.004, probability * probability + 0.004);
    }

    [Fact]
    public void Equal_seeds_draw_equal_masks_and_each_draw_is_another()
    {
        using Tensor input = ones([1003], device: TestDevice.Current);
        float[][] Draws(long seed)
        {
            using var dropout = new SeededDropout(seed, TestDevice.Current);
            using Tensor first = dropout.Apply(input, 0.3);
            using Tensor second = dropout.Apply(input, 0.3);
            return [first.ToArray(), second.ToArray()];
        }
        float[][] draws = Draws(1);
        Assert.Equal(draws, Draws(1));
        Assert.NotEqual(draws[0], draws[1]);
        Assert.NotEqual(draws[0], Draws(2)[0]);
    }

    [Fact]
    public void Probability_zero_gives_the_input_itself_and_the_gradient_goes_through_the_mask()
    {
        using var scope = NewDisposeScope();
        using var dropout = new SeededDropout(1, TestDevice.Current);
        Tensor input = ones([100], device: TestDevice.Current, requires_grad: true);
        Assert.Same(input, dropout.Apply(input, 0));
        Tensor output = dropout.Apply(input, 0.25);
        output.sum().backward();
        Assert.Equal(output.ToArray(), input.grad!.ToArray());
    }

    [Fact]
    public void A_model_without_a_random_source_drops_nothing()
    {
        using SequenceClassifier model = TinyModel.Create(dropout: 0.5);
        using SequenceClassifier same = TinyModel.Create(dropout: 0);
        Assert.Equal(TinyModel.Logits(model), TinyModel.Logits(same));
        using var dropout = new SeededDropout(1, TestDevice.Current);
        using PackedBatch batch = TinyModel.Batch();
        using Tensor dropped = model.Forward(batch, dropout);
        Assert.NotEqual(TinyModel.Logits(model), dropped.ToArray());
    }
}
