using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class AdapterCollectionTests
{
    [Fact]
    public void Each_adapter_answers_as_if_it_were_alone_and_the_base_stays()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterCollection adapters = Three(model);
        float[] plain = TinyModel.Logits(model);
        foreach (string name in new[] { "a", "b", "biases", "a" })
        {
            using SequenceClassifier alone = TinyModel.Create();
            using AdapterSet own = AdapterSet.Attach(alone.Encoder, adapters[name].Method);
            own.Load(adapters[name].Tensors());
            adapters.Activate(name);
            Assert.Equal(TinyModel.Logits(alone), TinyModel.Logits(model));
            Assert.NotEqual(plain, TinyModel.Logits(model));
        }
        adapters.Deactivate();
        Assert.Empty(adapters.Active);
        Assert.Equal(plain, TinyModel.Logits(model));
    }

    [Fact]
    public void A_weighted_sum_adds_the_changes_of_every_module_and_bias()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using AdapterCollection adapters = Three(model);
        Dictionary<string, Tensor> expected = Values(model);
        Dictionary<string, double> weights = new() { ["a"] = 0.5, ["b"] = -2, ["biases"] = 0.25 };
        foreach ((string name, double weight) in weights)
        {
            Dictionary<string, Tensor> before = Values(model);
            adapters.Activate(name);
            adapters.Merge();
            foreach ((string parameter, Tensor merged) in Values(model))
                expected[parameter] = expected[parameter].Plus((merged - before[parameter]).Times(weight));
            adapters.Deactivate();
        }
        float[] plain = TinyModel.Logits(model);

        adapters.Activate(weights);
        float[] sum = TinyModel.Logits(model);
        adapters.Merge();
        Assert.All(Values(model), v => Assert.InRange(Differences.Largest(expected[v.Key].ToArray(), v.Value), 0, 1e-5));
        Assert.InRange(Differences.Largest(sum, TinyModel.Logits(model)), 0, 1e-5);
        adapters.Unmerge();
        Assert.Equal(sum, TinyModel.Logits(model));
        adapters.Deactivate();
        Assert.Equal(plain, TinyModel.Logits(model));
        Assert.All(model.Encoder.Parameters, p => Assert.False(p.Trainable));
    }

    [Fact]
    public void Adapters_that_cannot_be_merged_are_summed_too()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = new AdapterCollection(model.Encoder);
        adapters.Add("a", new LoReFTMethod(), seed: 1);
        adapters.Add("b", new LoReFTMethod { Rank = 2 }, seed: 2);
        float[] plain = TinyModel.Logits(model);
        adapters.Activate("a");
        float[] one = TinyModel.Logits(model);
        adapters.Activate(new Dictionary<string, double> { ["a"] = 1, ["b"] = 0 });
        Assert.InRange(Differences.Largest(one, TinyModel.Logits(model)), 0, 1e-6);
        adapters.Activate(new Dictionary<string, double> { ["a"] = 0.5, ["b"] = 0.5 });
        Assert.NotEqual(one, TinyModel.Logits(model));
        adapters.Deactivate();
        Assert.Equal(plain, TinyModel.Logits(model));
    }

    [Fact]
    public void A_removed_adapter_leaves_the_others()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterCollection adapters = Three(model);
        float[] plain = TinyModel.Logits(model);
        adapters.Activate("b");
        float[] b = TinyModel.Logits(model);
        adapters.Remove("a");
        Assert.Equal(b, TinyModel.Logits(model));
        adapters.Merge();
        adapters.Remove("b");
        Assert.Equal(plain, TinyModel.Logits(model));
        Assert.Equal(["biases"], adapters.Names);
    }

    [Fact]
    public void Adding_while_another_is_merged_starts_from_the_pretrained_weights()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterCollection adapters = Three(model);
        adapters.Activate("biases");
        float[] active = TinyModel.Logits(model);
        adapters.Add("more biases", new BitFitMethod());
        Assert.Equal(active, TinyModel.Logits(model));
        adapters.Deactivate();
        float[] plain = TinyModel.Logits(model);
        adapters.Activate("more biases");
        Assert.Equal(plain, TinyModel.Logits(model));
    }

    [Fact]
    public void Wrong_names_and_weights_change_nothing()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterCollection adapters = Three(model);
        adapters.Activate("a");
        float[] a = TinyModel.Logits(model);
        Assert.Contains("a, b, biases", Assert.Throws<ArgumentException>(() => adapters.Activate("c")).Message);
        Assert.Throws<ArgumentException>(() => adapters.Activate(new Dictionary<string, double> { ["a"] = 1, ["b"] = double.NaN }));
        Assert.Throws<ArgumentException>(() => adapters.Add("a", new DeLoRAMethod()));
        Assert.Throws<ArgumentException>(() => adapters.Add("d", new DeLoRAMethod { Rank = 99 }));
        Assert.Throws<ArgumentException>(() => adapters.Remove("c"));
        Assert.Equal(a, TinyModel.Logits(model));
        adapters.Deactivate();
        Assert.Throws<InvalidOperationException>(adapters.Merge);
    }

    private static AdapterCollection Three(SequenceClassifier model)
    {
        var adapters = new AdapterCollection(model.Encoder);
        adapters.Add("a", new DeLoRAMethod { Rank = 2 }, seed: 1);
        adapters.Add("b", new DeLoRAMethod { Rank = 3, TargetModules = ["value", "output.dense"], Bias = BiasTraining.AdaptedLayers },
            seed: 2);
        adapters.Add("biases", new BitFitMethod());
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(17);
        foreach (string name in adapters.Names)
        {
            adapters.Activate(name);
            foreach (ModelParameter parameter in adapters[name].Parameters)
                parameter.Value.AddInPlace(empty(parameter.Value.shape).normal_(0, 0.1, generator).to(parameter.Value.device));
        }
        adapters.Deactivate();
        return adapters;
    }

    private static Dictionary<string, Tensor> Values(SequenceClassifier model)
        => model.Encoder.Parameters.ToDictionary(p => p.Name, p => p.Value.detach().clone());
}
