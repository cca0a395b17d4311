using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static Microsoft.ML.DeLoRA.Tests.Adapters.AdapterContract;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>
/// What holds for every adapter method, trained or not; training itself is in <see cref="AdapterTrainingContractTests"/>.
/// </summary>
public class AdapterContractTests
{
    public static TheoryData<string> Methods => AdapterMethodTable.Names;

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_new_adapter_changes_nothing_where_the_method_promises_it(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] before = TinyModel.Logits(model);
        using AdapterSet adapters = Attach(model, name);
        if (adapters.Method.StartsAsBase)
            Assert.Equal(before, TinyModel.Logits(model));
        else
            Assert.NotEqual(before, TinyModel.Logits(model));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_trained_adapter_changes_the_output(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = Attach(model, name);
        float[] before = TinyModel.Logits(model);
        Disturb(adapters);
        Assert.True(Differences.Largest(before, TinyModel.Logits(model)) > 1e-2);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Switched_off_it_leaves_every_bit_of_the_base_model_and_comes_back(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] before = TinyModel.Logits(model);
        using AdapterSet adapters = Attach(model, name);
        Disturb(adapters);
        float[] trained = TinyModel.Logits(model);
        adapters.Enabled = false;
        Assert.Equal(before, TinyModel.Logits(model));
        adapters.Enabled = true;
        Assert.Equal(trained, TinyModel.Logits(model));
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
        Assert.True(adapters.IsMerged);
        if (adapters.CanMerge)
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
        float[][] weights = EncoderWeights(model);
        adapters.Merge();
        adapters.Unmerge();
        Assert.Equal(weights, EncoderWeights(model));
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
            float[][] weights = EncoderWeights(model);
            using (AdapterSet adapters = Attach(model, name))
            {
                Disturb(adapters);
                if (merged)
                    adapters.Merge();
            }
            Assert.Equal(weights, EncoderWeights(model));
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
        bool whole;
        using (AdapterSet adapters = Attach(model, name))
        {
            Disturb(adapters);
            adapters.Merge(keepOriginals: false);
            merged = TinyModel.Logits(model);
            whole = adapters.CanMerge;
            Assert.Throws<InvalidOperationException>(adapters.Unmerge);
        }
        if (whole)
            Assert.Equal(merged, TinyModel.Logits(model));
        else
            Assert.NotEqual(merged, TinyModel.Logits(model));
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
        Assert.All(adapters.Tensors().Keys, k => Assert.StartsWith("base_model.", k));
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
        if (!AdapterMethodTable.WithoutSeed.Contains(name) && Values(adapters).SelectMany(v => v).Distinct().Take(3).Count() == 3)
            Assert.NotEqual(Values(adapters), Values(different));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Packed_and_padded_batches_agree_whatever_modules_are_targeted(string name)
    {
        AdapterMethod method = AdapterMethodTable.Get(name);
        string[][] targets =
            [["all-linear"], ["query", "key", "value"], ["output.dense"], ["attention.output.dense"], ["intermediate.dense"]];
        AdapterMethod[] variants = method is LinearAdapterMethod { ExcludeModules.Count: 0, ModulesToSave.Count: 0 } linear
            ? [method, .. targets.Where(t => Fits(linear, t)).Select(t => linear with { TargetModules = t })]
            : [method];
        foreach (AdapterMethod variant in variants)
        {
            using IDisposable noGrad = no_grad();
            using SequenceClassifier model = TinyModel.Create();
            using AdapterSet adapters = AdapterSet.Attach(model.Encoder, variant, 3);
            Disturb(adapters);
            ReadOnlyMemory<int>[] rows = [.. TinyModel.Rows(7).Select(r => (ReadOnlyMemory<int>)r)];
            using PackedBatch packed = PackedBatch.Create(rows, device: TestDevice.Current);
            using PackedBatch padded = PackedBatch.CreatePadded(rows, device: TestDevice.Current);
            using Tensor one = model.Forward(packed);
            using Tensor other = model.Forward(padded);
            Assert.InRange(Differences.Largest(one.ToArray(), other), 0, 1e-5);
            using Tensor again = model.Forward(packed);
            Assert.Equal(one.ToArray(), again.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Options_survive_their_json(string name)
    {
        AdapterMethod method = AdapterMethodTable.Get(name);
        using var stream = new MemoryStream();
        AdapterMethodJson.Write(stream, method);
        AdapterMethod read = AdapterMethodJson.Read(stream.ToArray());
        using var again = new MemoryStream();
        AdapterMethodJson.Write(again, read);
        Assert.Equal(method.GetType(), read.GetType());
        Assert.Equal(stream.ToArray(), again.ToArray());
    }

    // Blocks of some sizes do not divide every width.
    private static bool Fits(LinearAdapterMethod method, string[] targets)
    {
        using SequenceClassifier model = TinyModel.Create();
        try
        {
            foreach (AdaptableLinear layer in ModulePattern.Select(model.Encoder.Linears, targets))
                method.Check(layer);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
