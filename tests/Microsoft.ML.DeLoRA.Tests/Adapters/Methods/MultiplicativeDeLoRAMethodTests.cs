using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class MultiplicativeDeLoRAMethodTests
{
    public static TheoryData<MultiplicativeForm> Forms => [.. Enum.GetValues<MultiplicativeForm>()];

    [Theory]
    [InlineData(MultiplicativeForm.Symmetric, 1, 1.0, 1e-3)]
    [InlineData(MultiplicativeForm.Symmetric, 4, -2.5, 1.0)]
    [InlineData(MultiplicativeForm.Symmetric, 16, 12.0, 1e3)]
    [InlineData(MultiplicativeForm.Relaxed, 1, 1.0, 1e3)]
    [InlineData(MultiplicativeForm.Relaxed, 4, -2.5, 1e-3)]
    [InlineData(MultiplicativeForm.Relaxed, 16, 12.0, 50.0)]
    public void The_change_is_bounded_by_twice_lambda_times_the_weight(MultiplicativeForm form, int rank, double lambda, double scale)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder,
            new MultiplicativeDeLoRAMethod { Form = form, Rank = rank, Lambda = lambda, TargetModules = ["all-linear"] });
        using var generator = new Generator(4, TestDevice.Current);
        foreach (LinearAdapter adapter in adapters.Adapters)
        {
            foreach (ModelParameter matrix in adapter.Parameters.Where(p => p.Kind == ParameterKind.Weight))
                matrix.Value.normal_(0, scale, generator);
            Tensor weight = adapter.Layer.Weight.Value;
            double change = (adapter.MergedWeight() - weight).norm().Number();
            double bound = 2 * Math.Abs(lambda) * weight.norm().Number();
            Assert.Equal(bound, adapter.ChangeBound()!.Value, bound * 1e-6);
            Assert.InRange(change, 0.01 * bound, bound * 1.0001);
        }
    }

    [Fact]
    public void Rank_one_strengthens_one_direction_of_the_output_and_weakens_another()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(1);
        using var layer = new AdaptableLinear("layer", tensor(new float[] { 1, 2, 3, 4, 5, 6 }).reshape(3, 2), zeros(3));
        using LinearAdapter adapter = new MultiplicativeDeLoRAMethod { Rank = 1, Lambda = 0.5 }.Create(layer, generator);
        Assert.Equal(layer.Weight.Value.ToArray(), adapter.MergedWeight().ToArray());
        adapter.Parameters[0].Value.copy_(tensor(new float[] { 7, 0, 0 }).reshape(1, 3));
        adapter.Parameters[1].Value.copy_(tensor(new float[] { 0, 0, -0.5f }).reshape(1, 3));
        // The first row grows by half, the third shrinks by half.
        Assert.Equal([1.5f, 3, 3, 4, 2.5f, 3], adapter.MergedWeight().ToArray());
    }

    [Fact]
    public void The_relaxed_form_is_the_difference_of_two_normalised_products()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(1);
        Tensor Random(params long[] shape) => empty(shape).normal_(0, 1, generator);
        using var layer = new AdaptableLinear("layer", Random(5, 6), zeros(5));
        using LinearAdapter adapter = new MultiplicativeDeLoRAMethod { Rank = 2, Lambda = 3, Form = MultiplicativeForm.Relaxed }
            .Create(layer, generator);
        var values = adapter.Parameters.ToDictionary(p => p.Name["layer.delora_".Length..], p => p.Value);
        foreach (string name in new[] { "A", "B", "C", "D" })
            values[name].copy_(Random(values[name].shape));
        Tensor expected = layer.Weight.Value.clone();
        for (int i = 0; i < 2; i++)
        {
            expected = expected.Plus(Part("A", "B", i).Times(1.5));
            expected -= Part("C", "D", i).Times(1.5);
        }
        Assert.InRange(Differences.Largest(expected.ToArray(), adapter.MergedWeight()), 0, 1e-5);

        Tensor Part(string a, string b, int i)
        {
            (Tensor row, Tensor column) = (values[a][i], values[b].narrow(1, i, 1).squeeze(1));
            return (column / column.norm()).outer(row / row.norm()).mm(layer.Weight.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void At_the_start_lambda_has_exactly_no_gradient(MultiplicativeForm form)
    {
        using var scope = NewDisposeScope();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new MultiplicativeDeLoRAMethod { Form = form, Rank = 3 });
        using PackedBatch batch = TinyModel.Batch();
        model.Forward(batch).Squared().sum().backward();
        Assert.All(adapters.Parameters.Where(p => p.Kind == ParameterKind.Strength), p => Assert.Equal(0f, p.Value.grad!.Number()));
        Assert.All(adapters.Parameters.Where(p => p.Kind == ParameterKind.Weight),
            p => Assert.True(p.Value.grad!.abs().max().Number() > 0));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        foreach (MultiplicativeDeLoRAMethod wrong in new[]
        {
            new MultiplicativeDeLoRAMethod { Lambda = double.NaN }, new MultiplicativeDeLoRAMethod { Form = (MultiplicativeForm)5 },
            new MultiplicativeDeLoRAMethod { LambdaPattern = new Dictionary<string, double> { ["value"] = double.NegativeInfinity } },
            new MultiplicativeDeLoRAMethod { Rank = 0 },
        })
            Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, wrong));
    }
}
