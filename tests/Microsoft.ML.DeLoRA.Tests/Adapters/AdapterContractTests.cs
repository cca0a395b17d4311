using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>What holds for every adapter method.</summary>
public class AdapterContractTests
{
    public static TheoryData<string> Methods => AdapterMethodTable.Names;

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_new_adapter_changes_nothing(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] before = TinyModel.Logits(model);
        using AdapterSet adapters = Attach(model, name);
        Assert.Equal(before, TinyModel.Logits(model));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_trained_adapter_changes_the_output(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] before = TinyModel.Logits(model);
        using AdapterSet adapters = Attach(model, name);
        Disturb(adapters);
        Assert.True(Differences.Largest(before, TinyModel.Logits(model)) > 1e-2);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Merged_and_unmerged_give_the_same_output(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        Disturb(adapters);
        float[] unmerged = TinyModel.Logits(model);
        adapters.Merge();
        Assert.All(model.Encoder.Linears, l => Assert.Null(l.Adapter));
        Assert.InRange(Differences.Largest(unmerged, TinyModel.Logits(model)), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Merged_and_unmerged_stay_the_same_in_reduced_precision(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        Disturb(adapters);
        float[] exact = TinyModel.Logits(model);
        model.Encoder.Precision = ComputePrecision.BFloat16;
        _ = TinyModel.Logits(model);
        adapters.Merge();
        // bfloat16 has 8 bits; what this must catch is a forgotten copy of the weights from before the merge.
        Assert.InRange(Differences.Largest(exact, TinyModel.Logits(model)), 0, 0.1);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Unmerging_brings_back_every_bit(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        Disturb(adapters);
        float[] logits = TinyModel.Logits(model);
        float[][] weights = Weights(model);
        adapters.Merge();
        adapters.Unmerge();
        Assert.Equal(weights, Weights(model));
        Assert.Equal(logits, TinyModel.Logits(model));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Taking_the_adapters_off_brings_back_every_bit_of_the_base_model(string name)
    {
        foreach (bool merged in new[] { false, true })
        {
            using SequenceClassifier model = TinyModel.Create();
            float[] before = TinyModel.Logits(model);
            float[][] weights = Weights(model);
            using (AdapterSet adapters = Attach(model, name))
            {
                Disturb(adapters);
                if (merged)
                    adapters.Merge();
            }
            Assert.Equal(weights, Weights(model));
            Assert.Equal(before, TinyModel.Logits(model));
            Assert.All(model.Encoder.Parameters, p => Assert.False(p.Trainable));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_final_merge_outlives_the_adapters(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] merged;
        using (AdapterSet adapters = Attach(model, name))
        {
            Disturb(adapters);
            adapters.Merge(keepOriginals: false);
            merged = TinyModel.Logits(model);
            Assert.Throws<InvalidOperationException>(adapters.Unmerge);
        }
        Assert.Equal(merged, TinyModel.Logits(model));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Saved_tensors_load_into_another_set(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        using SequenceClassifier other = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        using AdapterSet loaded = Attach(other, name, seed: 99);
        Disturb(adapters);
        Assert.All(adapters.Tensors().Keys, k => Assert.StartsWith("base_model.model.roberta.encoder.", k.Replace("roberta.embeddings.", "roberta.encoder.")));
        loaded.Load(adapters.Tensors());
        Assert.Equal(TinyModel.Logits(model), TinyModel.Logits(other));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Equal_seeds_give_equal_adapters(string name)
    {
        using SequenceClassifier first = TinyModel.Create();
        using SequenceClassifier second = TinyModel.Create();
        using SequenceClassifier third = TinyModel.Create();
        using AdapterSet adapters = Attach(first, name, seed: 5);
        using AdapterSet same = Attach(second, name, seed: 5);
        using AdapterSet different = Attach(third, name, seed: 6);
        float[][] Values(AdapterSet set) => [.. set.Adapters.SelectMany(a => a.Parameters).Select(p => p.Value.ToArray())];
        Assert.Equal(Values(adapters), Values(same));
        Assert.NotEqual(Values(adapters), Values(different));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Gradients_reach_every_trained_parameter_and_no_other(string name)
    {
        using var scope = NewDisposeScope();
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        Disturb(adapters);
        using PackedBatch batch = TinyModel.Batch();
        model.Forward(batch).square().sum().backward();
        Assert.All(adapters.Parameters, p => Assert.True(p.Value.grad is not null, p.Name));
        Assert.All(model.Encoder.Parameters.Except(adapters.Parameters), p => Assert.Null(p.Value.grad));
        Assert.All(adapters.Adapters.SelectMany(a => a.Buffers), p => Assert.Null(p.Value.grad));
    }

    private static AdapterSet Attach(SequenceClassifier model, string name, long seed = 3)
        => AdapterSet.Attach(model.Encoder, AdapterMethodTable.Get(name), seed);

    // As training would leave it: every trained value a little elsewhere.
    private static void Disturb(AdapterSet adapters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(17);
        foreach (ModelParameter parameter in adapters.Parameters)
            parameter.Value.add_(empty(parameter.Value.shape).normal_(0, 0.2, generator));
    }

    private static float[][] Weights(SequenceClassifier model) => [.. model.Encoder.Parameters.Select(p => p.Value.ToArray())];
}
