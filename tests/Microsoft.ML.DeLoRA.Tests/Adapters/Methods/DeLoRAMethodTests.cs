using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class DeLoRAMethodTests
{
    public static TheoryData<DeLoRAInitialization> Initializations => [.. Enum.GetValues<DeLoRAInitialization>()];

    [Theory]
    [InlineData(1, 4.0, 1e-3)]
    [InlineData(1, 4.0, 1e3)]
    [InlineData(4, -2.5, 1.0)]
    [InlineData(16, 12.0, 50.0)]
    public void The_change_is_bounded_by_lambda_times_the_largest_column_norm(int rank, double lambda, double scale)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder,
            new DeLoRAMethod { Rank = rank, Lambda = lambda, Initialization = DeLoRAInitialization.ZeroB, TargetModules = [@"^.*$"] });
        using var generator = new Generator(4, TestDevice.Current);
        foreach (LinearAdapter adapter in adapters.Adapters)
        {
            foreach (ModelParameter matrix in adapter.Parameters.Where(p => p.Kind == ParameterKind.Weight))
                matrix.Value.normal_(0, scale, generator);
            Tensor weight = adapter.Layer.Weight.Value;
            double change = (adapter.MergedWeight() - weight).norm().Number();
            double bound = Math.Abs(lambda) * weight.norm(0).max().Number();
            Assert.InRange(change, 0.01 * bound, bound * 1.0001);
        }
    }

    public static TheoryData<DeLoRAInitialization, DeLoRAWeightScaling, double> Walks()
    {
        var data = new TheoryData<DeLoRAInitialization, DeLoRAWeightScaling, double>();
        foreach (DeLoRAInitialization initialization in Enum.GetValues<DeLoRAInitialization>())
        {
            foreach (DeLoRAWeightScaling scaling in Enum.GetValues<DeLoRAWeightScaling>())
            {
                foreach (double factor in new[] { 1.0, 30, 1000 })
                    data.Add(initialization, scaling, factor);
            }
        }
        return data;
    }

    // Steps as Adam makes them, as long as the learning rate, in random directions: a thousand times the usual rate cannot break the bound.
    [Theory]
    [MemberData(nameof(Walks))]
    public void The_bound_holds_after_random_steps_at_any_learning_rate(DeLoRAInitialization initialization, DeLoRAWeightScaling scaling,
        double factor)
    {
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder,
            new DeLoRAMethod
            {
                Rank = 4, Lambda = 3, Initialization = initialization, WeightScaling = scaling,
                TargetModules = ["all-linear"]
            });
        using var generator = new Generator(4);
        WeightDistance[] distances = [.. adapters.Adapters.Select(a => new WeightDistance(adapters, a.Module))];
        double furthest = 0;
        for (int step = 0; step < 20; step++)
        {
            using var scope = NewDisposeScope();
            foreach (ModelParameter parameter in adapters.Parameters)
                parameter.Value.AddInPlace(empty(parameter.Value.shape).normal_(0, 6e-3 * factor, generator).to(parameter.Value.device));
            foreach (WeightDistance distance in distances)
            {
                double share = distance.Measure()!.Value / distance.Bound()!.Value;
                Assert.InRange(share, 0, 1.0001);
                furthest = Math.Max(furthest, share);
            }
        }
        Array.ForEach(distances, d => d.Dispose());
        // The bound would mean nothing if the change stayed far below it.
        Assert.InRange(furthest, 0.01, 1.0001);
    }

    [Theory]
    [InlineData(1, 4.0, 1e-3)]
    [InlineData(1, 4.0, 1e3)]
    [InlineData(4, -2.5, 1.0)]
    [InlineData(16, 12.0, 50.0)]
    public void Without_weight_scaling_the_change_is_bounded_by_lambda(int rank, double lambda, double scale)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        var method = new DeLoRAMethod
        {
            Rank = rank,
            Lambda = lambda,
            Initialization = DeLoRAInitialization.ZeroB,
            WeightScaling = DeLoRAWeightScaling.None,
            TargetModules = ["all-linear"],
        };
        using var adapters = AdapterSet.Attach(model.Encoder, method);
        using var generator = new Generator(4, TestDevice.Current);
        foreach (LowRankAdapter adapter in adapters.Adapters)
        {
            foreach (ModelParameter matrix in adapter.Parameters.Where(p => p.Kind == ParameterKind.Weight))
                matrix.Value.normal_(0, scale, generator);
            (Tensor down, Tensor up) = adapter.Change();
            Assert.InRange(up.mm(down).norm().Number(), 0.01 * Math.Abs(lambda), Math.Abs(lambda) * 1.0001);
        }
    }

    [Fact]
    public void At_the_start_the_frozen_copy_gives_lambda_exactly_no_gradient()
    {
        using var scope = NewDisposeScope();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod());
        using PackedBatch batch = TinyModel.Batch();
        model.Forward(batch).Squared().sum().backward();
        Assert.All(adapters.Parameters.Where(p => p.Kind == ParameterKind.Strength), p => Assert.Equal(0f, p.Value.grad!.Number()));
        Assert.All(adapters.Parameters.Where(p => p.Kind == ParameterKind.Weight),
            p => Assert.True(p.Value.grad!.abs().max().Number() > 0));
    }

    [Theory]
    [MemberData(nameof(Initializations))]
    public void A_starts_uniform_within_the_root_of_its_width(DeLoRAInitialization initialization)
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 16, Initialization = initialization });
        float[] values = [.. adapters.Adapters.SelectMany(a => a.Parameters[0].Value.ToArray())];
        float bound = 1 / MathF.Sqrt(16);
        Assert.All(values, v => Assert.InRange(v, -bound, bound));
        Assert.InRange(values.Max(), 0.95f * bound, bound);
        // The deviation of 1,024 uniform numbers is within 10 % of bound / sqrt(3).
        Assert.InRange(MathF.Sqrt(values.Average(v => v * v)) * MathF.Sqrt(3) / bound, 0.9f, 1.1f);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_rank_that_does_not_fit_is_refused_with_module_and_shape(int rank)
    {
        using SequenceClassifier model = TinyModel.Create();
        string message = Assert.Throws<ArgumentException>(
            () => AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = rank, TargetModules = ["intermediate.dense"] })).Message;
        Assert.Contains($"rank {rank}", message);
        Assert.Contains("encoder.layer.0.intermediate.dense", message);
        Assert.Contains("[24, 16]", message);
        Assert.Contains("from 1 to 16", message);
    }

    [Fact]
    public void Other_options_out_of_range_are_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        foreach (DeLoRAMethod wrong in new[]
        {
            new DeLoRAMethod { Lambda = double.NaN }, new DeLoRAMethod { Lambda = double.PositiveInfinity },
            new DeLoRAMethod { Dropout = 1 },
            new DeLoRAMethod { Dropout = -0.1 }, new DeLoRAMethod { Dropout = double.NaN },
            new DeLoRAMethod { Initialization = (DeLoRAInitialization)7 },
        })
            Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, wrong));
    }

    [Fact]
    public void Patterns_give_single_layers_another_rank_and_lambda()
    {
        using SequenceClassifier model = TinyModel.Create();
        var method = new DeLoRAMethod
        {
            Rank = 3,
            Lambda = 4,
            RankPattern = new Dictionary<string, int> { ["layer.1.attention.self.query"] = 2 },
            LambdaPattern = new Dictionary<string, double> { ["layer.0.attention.self.value"] = 1.5 },
        };
        using var adapters = AdapterSet.Attach(model.Encoder, method);
        Assert.Equal([3, 3, 2, 3], adapters.Adapters.Select(a => a.Parameters[0].Value.shape[0]));
        Assert.Equal([4, 1.5f, 4, 4], adapters.Adapters.Select(a => a.Parameters[2].Value.ToArray()[0]));
    }

    [Fact]
    public void Dropout_touches_the_adapter_path_only_and_only_while_training()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 4, Dropout = 0.5 });
        using var dropout = new SeededDropout(1, TestDevice.Current);
        using PackedBatch batch = TinyModel.Batch();
        // A fresh adapter's share is zero, and stays so whatever is dropped.
        Assert.Equal(model.Forward(batch).ToArray(), model.Forward(batch, dropout).ToArray());
        adapters.Adapters[0].Parameters[0].Value.MultiplyInPlace(-1);
        Assert.Equal(model.Forward(batch).ToArray(), model.Forward(batch).ToArray());
        Assert.NotEqual(model.Forward(batch).ToArray(), model.Forward(batch, dropout).ToArray());
    }

    [Fact]
    public void Dropout_keeps_the_mean()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var layer = new AdaptableLinear("layer", ones([3, 4]), zeros(3));
        using var generator = new Generator(1);
        using LinearAdapter adapter = new DeLoRAMethod { Rank = 2, Dropout = 0.3, Initialization = DeLoRAInitialization.ZeroB }
            .Create(layer, generator);
        adapter.Parameters[1].Value.normal_(0, 1, generator);
        using var dropout = new SeededDropout(1);
        Tensor x = ones([200_000, 4]);
        float[] plain = adapter.Forward(x.narrow(0, 0, 1), zeros([1, 3]), ForwardContext.WithoutBatch()).ToArray();
        float[] mean = adapter.Forward(x, zeros([200_000, 3]), ForwardContext.WithoutBatch(dropout)).mean([0L]).ToArray();
        // Elements are 0 or 1 / 0.7 of their value: deviation sqrt(0.3 / 0.7) of the terms, by sqrt(200,000), five-fold.
        Assert.InRange(Differences.Largest(plain, mean), 0, 5 * 0.66 / Math.Sqrt(200_000) * 4 * plain.Max(Math.Abs) + 1e-3);
    }
}
