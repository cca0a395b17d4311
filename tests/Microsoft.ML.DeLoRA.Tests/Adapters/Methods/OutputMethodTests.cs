using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>Bottleneck adapters and RED, beyond what holds for every method.</summary>
public class OutputMethodTests
{
    [Fact]
    public void Default_targets_are_those_of_the_papers()
    {
        using SequenceClassifier model = TinyModel.Create();
        string[] feedForward = ["encoder.layer.0.output.dense", "encoder.layer.1.output.dense"];
        string[] attention = ["encoder.layer.0.attention.output.dense", "encoder.layer.1.attention.output.dense"];
        Assert.Equal(attention.Concat(feedForward).Order(), Modules(new BottleneckMethod()).Order());
        Assert.Equal(feedForward, Modules(BottleneckMethod.AfterFeedForward));
        Assert.Equal(feedForward, Modules(new REDMethod()));

        string[] Modules(AdapterMethod method)
        {
            using var adapters = AdapterSet.Attach(model.Encoder, method);
            return [.. adapters.Adapters.Select(a => a.Module)];
        }
    }

    [Fact]
    public void A_bottleneck_refuses_to_merge_and_stays()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters =
            AdapterSet.Attach(model.Encoder, new BottleneckMethod { Size = 2, Initialization = BottleneckInitialization.Bert });
        float[] before = TinyModel.Logits(model);
        Assert.False(adapters.CanMerge);
        Assert.Throws<NotSupportedException>(() => ((LinearAdapter)adapters.Adapters[0]).MergedWeight());
        adapters.Merge();
        Assert.Equal(before, TinyModel.Logits(model));
    }

    [Fact]
    public void A_bottleneck_starts_as_asked_for()
    {
        using SequenceClassifier model = TinyModel.Create();
        using (var zero = AdapterSet.Attach(model.Encoder, new BottleneckMethod { Size = 64 }))
        {
            Assert.InRange(zero.Adapters[0].Parameters[0].Value.ToArray().Max(Math.Abs), 0.95 / Math.Sqrt(16), 1 / Math.Sqrt(16));
            Assert.All(zero.Adapters[0].Parameters[1].Value.ToArray(), v => Assert.Equal(0, v));
        }
        using var random =
            AdapterSet.Attach(model.Encoder, new BottleneckMethod { Size = 64, Initialization = BottleneckInitialization.Bert });
        // The deviation of 1,024 normal numbers is within 10 % of the true one.
        Assert.All(random.Adapters[0].Parameters, p => Assert.InRange(Math.Sqrt(p.Value.ToArray().Average(v => v * v)), 0.018, 0.022));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dropout_touches_the_bottleneck_only_and_only_while_training(bool parallel)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new BottleneckMethod { Size = 4, Dropout = 0.5, Parallel = parallel });
        using var dropout = new SeededDropout(1, TestDevice.Current);
        using PackedBatch batch = TinyModel.Batch();
        Assert.Equal(model.Forward(batch).ToArray(), model.Forward(batch, dropout).ToArray());
        adapters.Adapters[0].Parameters[1].Value.Fill(1);
        Assert.Equal(model.Forward(batch).ToArray(), model.Forward(batch).ToArray());
        Assert.NotEqual(model.Forward(batch).ToArray(), model.Forward(batch, dropout).ToArray());
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        foreach (BottleneckMethod wrong in new[]
        {
            new BottleneckMethod { Size = 0 }, new BottleneckMethod { Scaling = double.NaN }, new BottleneckMethod { Dropout = 1 },
            new BottleneckMethod { Dropout = double.NaN }, new BottleneckMethod { Activation = (BottleneckActivation)9 },
            new BottleneckMethod { Initialization = (BottleneckInitialization)9 },
        })
            Assert.StartsWith("Bottleneck:", Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, wrong)).Message);
    }

    [Fact]
    public void RED_trains_its_bias_without_weight_decay()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new REDMethod());
        Assert.Equal([ParameterKind.Weight, ParameterKind.Bias], adapters.Adapters[0].Parameters.Select(p => p.Kind));
    }
}
