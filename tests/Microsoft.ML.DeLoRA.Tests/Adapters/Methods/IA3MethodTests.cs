using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class IA3MethodTests
{
    [Fact]
    public void Keys_and_values_are_scaled_at_their_output_and_output_layers_at_their_input()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new IA3Method());
        Assert.Equal(
            ["attention.self.key [16, 1]", "attention.self.value [16, 1]", "attention.output.dense [1, 16]", "output.dense [1, 24]"],
            adapters.Adapters.Take(4)
                .Select(a => $"{a.Module["encoder.layer.0.".Length..]} [{string.Join(", ", a.Parameters[0].Value.shape)}]"));
    }

    [Fact]
    public void A_trained_bias_is_saved_unscaled_although_merging_scales_it()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new IA3Method { Bias = BiasTraining.AdaptedLayers });
        using (no_grad())
        {
            foreach (ModelParameter parameter in adapters.Parameters)
                parameter.Value.Fill(0.5);
        }
        const string name = "base_model.model.roberta.encoder.layer.0.attention.self.value.base_layer.bias";
        adapters.Merge(keepOriginals: false);
        Assert.Equal(0.25f, model.Encoder.Linears.Single(l => l.Name == "encoder.layer.0.attention.self.value").Bias.Value.ToArray()[0]);
        Assert.Equal(0.5f, adapters.Tensors()[name].ToArray()[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_bias_is_scaled_with_outputs_and_not_with_inputs(bool feedForward)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(1);
        using var layer =
            new AdaptableLinear("layer", tensor(new float[] { 1, 2, 3, 4, 5, 6 }).reshape(2, 3), tensor(new float[] { 10, 20 }));
        using LinearAdapter adapter = new IA3Method { FeedForwardModules = feedForward ? ["layer"] : [] }.Create(layer, generator);
        adapter.Parameters[0].Value.Fill(2);
        adapter.Parameters[0].Value[0, 0] = -1;
        Tensor x = ones(1, 3);
        Tensor output = adapter.Forward(x, nn.functional.linear(x, layer.Weight.Value, layer.Bias.Value), ForwardContext.WithoutBatch());
        using Tensor? bias = adapter.MergedBias();
        float[] expected = feedForward ? [-1 + 2 * (2 + 3) + 10, -4 + 2 * (5 + 6) + 20] : [-(6 + 10), 2 * (15 + 20)];
        Assert.Equal(expected, output.ToArray());
        Assert.Equal(expected, nn.functional.linear(x, adapter.MergedWeight(), bias ?? layer.Bias.Value).ToArray());
        Assert.Equal(feedForward, bias is null);
    }
}
