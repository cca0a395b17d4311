using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class DoRAMethodTests
{
    [Fact]
    public void The_rows_of_the_merged_weight_have_the_trained_norms()
    {
        using var scope = NewDisposeScope();
        using Fixture fixture = new(new DoRAMethod { Rank = 2 });
        Tensor magnitude = fixture.Adapter.Parameters[2].Value;
        Assert.InRange(Differences.Largest(magnitude.abs().ToArray(), fixture.Adapter.MergedWeight().norm(1)), 0, 1e-6);
    }

    [Fact]
    public void A_fixed_magnitude_is_saved_but_not_trained()
    {
        using var scope = NewDisposeScope();
        using Fixture fixture = new(new DoRAMethod { Rank = 2, TrainMagnitude = false });
        Assert.Equal(["layer.lora_A.weight", "layer.lora_B.weight"], fixture.Adapter.Parameters.Select(p => p.Name));
        Assert.Equal("layer.lora_magnitude_vector", Assert.Single(fixture.Adapter.Buffers).Name);
        float[] norms = fixture.Layer.Weight.Value.norm(1).ToArray();
        Assert.InRange(Differences.Largest(norms, fixture.Adapter.MergedWeight().norm(1)), 0, 1e-6);
    }

    [Fact]
    public void The_norm_is_a_constant_to_the_gradient()
    {
        using var scope = NewDisposeScope();
        using Fixture fixture = new(new DoRAMethod { Rank = 2, Alpha = 6 });
        Tensor x = fixture.Random(7, 5);
        Tensor g = fixture.Random(7, 4);
        (Tensor a, Tensor b, Tensor m) = (fixture.Value(0), fixture.Value(1), fixture.Value(2));
        fixture.Forward(x).mul(g).sum().backward();
        Tensor direction = fixture.Layer.Weight.Value.Plus(b.mm(a).Times(3)).detach();
        Tensor n = direction.norm(1);
        // Of y = diag(m / n) (W + 3 BA) x with n fixed: g against each factor.
        Tensor gByX = g.t().mm(x);
        Near((gByX * (m / n).unsqueeze(1)).mm(a.t()).Times(3), fixture.Adapter.Parameters[1].Value.grad!);
        Near(b.t().mm(gByX * (m / n).unsqueeze(1)).Times(3), fixture.Adapter.Parameters[0].Value.grad!);
        Near((gByX * direction).sum(1) / n, fixture.Adapter.Parameters[2].Value.grad!);
    }

    [Fact]
    public void Dropout_reaches_what_DoRA_changes_of_the_frozen_product_and_no_more()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using Fixture fixture = new(new DoRAMethod { Rank = 2, Dropout = 0.5 });
        Tensor x = fixture.Random(64, 5);
        using var dropout = new SeededDropout(3);
        using var same = new SeededDropout(3);
        Tensor z = same.Apply(x, 0.5);
        Tensor expected = fixture.Base(x).Plus(z.mm((fixture.Adapter.MergedWeight() - fixture.Layer.Weight.Value).t()));
        Near(expected, fixture.Forward(x, dropout));
        Assert.Equal(fixture.Forward(x).ToArray(), fixture.Forward(x).ToArray());
    }

    [Fact]
    public void A_row_of_zeros_gives_no_NaN()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var layer = new AdaptableLinear("layer", zeros(4, 5), ones(4));
        using var generator = new Generator(1);
        using LinearAdapter adapter = new DoRAMethod { Rank = 2 }.Create(layer, generator);
        Assert.Equal(new float[20], adapter.MergedWeight().ToArray());
        Assert.Equal([1f, 1, 1, 1], adapter.Forward(ones(1, 5), ones(1, 4), ForwardContext.WithoutBatch()).ToArray());
    }

    // Sums of up to 64 float32 products of numbers around 1.
    private static void Near(Tensor expected, Tensor actual) => Assert.InRange(Differences.Largest(expected.ToArray(), actual), 0, 2e-5);

    private sealed class Fixture : IDisposable
    {
        private readonly Generator _generator = new(9);

        public Fixture(DoRAMethod method)
        {
            using IDisposable noGrad = no_grad();
            Layer = new AdaptableLinear("layer", Random(4, 5), Random(1, 4).squeeze(0));
            Adapter = method.Create(Layer, _generator);
            foreach (ModelParameter parameter in Adapter.Parameters)
                parameter.Value.AddInPlace(empty(parameter.Value.shape).normal_(0, 0.5, _generator).to(parameter.Value.device));
        }

        public AdaptableLinear Layer { get; }

        public LinearAdapter Adapter { get; }

        public Tensor Random(long rows, long columns) => empty(rows, columns).normal_(0, 1, _generator);

        public Tensor Value(int parameter) => Adapter.Parameters[parameter].Value.detach();

        public Tensor Base(Tensor x) => nn.functional.linear(x, Layer.Weight.Value, Layer.Bias.Value);

        public Tensor Forward(Tensor x, SeededDropout? dropout = null) => Adapter.Forward(x, Base(x), ForwardContext.WithoutBatch(dropout));

        public void Dispose()
        {
            Adapter.Dispose();
            Layer.Dispose();
            _generator.Dispose();
        }
    }
}
