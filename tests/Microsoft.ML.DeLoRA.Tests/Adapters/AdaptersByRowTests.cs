using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>Batches whose sequences each name their adapter, or none.</summary>
public class AdaptersByRowTests
{
    public static TheoryData<string> Cases => [.. Repository.GoldenCases("mixed-batch")];

    public static TheoryData<string> Methods => AdapterMethodTable.Names;

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Mixed_batches_give_the_logits_of_PEFT(string name)
    {
        string folder = Path.Combine(Repository.Golden, "mixed-batch", name);
        using SafeTensorsFile expected = SafeTensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        using SafeTensorsFile data = SafeTensorsFile.Open(Path.Combine(Repository.Golden, "training-data", "cls3.safetensors"));
        using SequenceClassifier model = GoldenModel.Load("tiny-roberta/cls3");
        using AdapterCollection adapters = new(model.Encoder);
        var own = new List<SequenceClassifier>();
        var heads = new Dictionary<string, ClassificationHead>();
        foreach (string adapter in new[] { "a", "b" })
        {
            using PeftDirectory directory = PeftDirectory.Open(Path.Combine(folder, adapter));
            own.Add(GoldenModel.Load("tiny-roberta/cls3"));
            using AdapterSet loaded = directory.Attach(own[^1].Encoder);
            adapters.Add(adapter, loaded.Method).Load(loaded.Tensors());
            if (directory.HeadOutputs is null)
                continue;
            directory.LoadHead(own[^1].Head);
            heads.Add(adapter, own[^1].Head);
        }
        Assert.Equal(name == "lora-heads" ? 2 : 0, heads.Count);
        adapters.ActivateByRow();
        JsonElement rows = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "run.json"))).RootElement.GetProperty("rows");
        Assert.Equal(3, rows.EnumerateObject().Count());
        foreach (JsonProperty mix in rows.EnumerateObject())
        {
            string?[] names = [.. mix.Value.EnumerateArray().Select(n => n.GetString() is "__base__" ? null : n.GetString())];
            using PackedBatch batch = new GoldenBatch(data, model.Encoder.Configuration.PadId, "eval_").Packed().WithAdapters(names);
            Assert.InRange(Differences.Largest(expected.ReadFloat32($"logits_{mix.Name}"), Outputs(adapters, batch, model.Head, heads)), 0,
                5e-4);
        }
        own.ForEach(m => m.Dispose());
    }

    /// <summary>Together with another method, and with rows of the base model in between; heads of other widths.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public void Each_row_gives_what_it_gives_alone_with_its_adapter(string name)
    {
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using SequenceClassifier other = TinyModel.Create(outputs: 5, seed: 9);
        using AdapterCollection adapters = new(model.Encoder);
        Disturb(adapters.Add("first", AdapterMethodTable.Get(name), seed: 3));
        Disturb(adapters.Add("second", new LoRAMethod { Rank = 2, TargetModules = ["key", "value", "output.dense"] }, seed: 4));
        int[][] rows = TinyModel.Rows(7);
        string?[] names = ["first", null, "second", "first", "second", null, "first"];
        var heads = new Dictionary<string, ClassificationHead> { ["second"] = other.Head };
        float[][] expected = new float[rows.Length][];
        foreach (string? adapter in names.Distinct())
        {
            if (adapter is not null)
                adapters.Activate(adapter);
            foreach (int row in Enumerable.Range(0, rows.Length).Where(r => names[r] == adapter))
            {
                using PackedBatch batch = PackedBatch.Create([rows[row]], device: TestDevice.Current);
                expected[row] = Outputs(adapters, batch, heads.GetValueOrDefault(adapter ?? "", model.Head), []);
            }
            adapters.Deactivate();
        }
        adapters.ActivateByRow();
        using PackedBatch mixed = PackedBatch.Create([.. rows.Select(r => (ReadOnlyMemory<int>)r)], device: TestDevice.Current)
            .WithAdapters(names);
        if (adapters["first"].Parameters.Except(adapters["first"].Adapters.SelectMany(a => a.Parameters)).Any())
        {
            string message = Assert.Throws<ArgumentException>(() => Outputs(adapters, mixed, model.Head, heads)).Message;
            Assert.Contains("Adapter 'first' trains '", message);
            return;
        }
        // Other sums of products: a few units in the last place of numbers near 1.
        Assert.InRange(Differences.Largest([.. expected.SelectMany(e => e)], Outputs(adapters, mixed, model.Head, heads)), 0, 1e-5);
    }

    [Fact]
    public void Without_names_a_batch_is_the_base_models_and_with_them_it_needs_the_mode()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterCollection adapters = new(model.Encoder);
        float[] plain = TinyModel.Logits(model);
        Disturb(adapters.Add("a", new LoRAMethod { Rank = 2 }));
        using PackedBatch named = TinyModel.Batch(2).WithAdapters(["a", null]);
        Assert.Contains("ActivateByRow", Assert.Throws<InvalidOperationException>(() => model.Forward(named)).Message);
        adapters.Activate("a");
        Assert.Contains("ActivateByRow", Assert.Throws<InvalidOperationException>(() => model.Forward(named)).Message);
        adapters.ActivateByRow();
        Assert.Equal(plain, TinyModel.Logits(model));
        Assert.Empty(adapters.Active);
        Assert.Contains("none can be merged", Assert.Throws<InvalidOperationException>(adapters.Merge).Message);
        adapters.Deactivate();
        Assert.False(adapters.IsByRow);
        Assert.Throws<InvalidOperationException>(() => model.Forward(named));
        Assert.Equal(plain, TinyModel.Logits(model));
    }

    [Fact]
    public void Adapters_come_and_go_while_rows_choose()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterCollection adapters = new(model.Encoder);
        adapters.ActivateByRow();
        using PackedBatch ofA = TinyModel.Batch(3).WithAdapters(["a", "a", "a"]);
        Assert.Contains("names an adapter 'a'", Assert.Throws<ArgumentException>(() => model.Forward(ofA)).Message);
        AdapterContract.Disturb(adapters.Add("a", new LoRAMethod { Rank = 2 }));
        adapters.Add("b", new LoRAMethod { Rank = 1 });
        Assert.True(adapters.IsByRow);
        float[] first = Outputs(adapters, ofA, model.Head, []);
        adapters.Remove("b");
        Assert.Equal(first, Outputs(adapters, ofA, model.Head, []));
        using PackedBatch ofB = TinyModel.Batch(3).WithAdapters([null, "b", null]);
        Assert.Contains("names an adapter 'b'; there are: a", Assert.Throws<ArgumentException>(() => model.Forward(ofB)).Message);
    }

    [Fact]
    public void Names_are_one_for_each_sequence_and_given_once()
    {
        using PackedBatch batch = TinyModel.Batch(3);
        Assert.Contains("2 names of adapters for 3 sequences",
            Assert.Throws<ArgumentException>(() => batch.WithAdapters(["a", "b"])).Message);
        batch.WithAdapters(["a", null, "b"]);
        Assert.Throws<InvalidOperationException>(() => batch.WithAdapters(["a", null, "b"]));
    }

    /// <summary>What an adapter of a layer knows of its rows: each sequence's own factor, whatever the other sequences are.</summary>
    [Fact]
    public void An_adapter_knows_which_row_of_its_input_is_of_which_sequence()
    {
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        ReadOnlyMemory<int>[] rows = [.. TinyModel.Rows(5).Select(r => (ReadOnlyMemory<int>)r)];
        using PackedBatch batch = PackedBatch.Create(rows, device: TestDevice.Current);
        var seen = new List<(bool FirstOnly, long[] Sequences, bool IsTraining)>();
        foreach (AdaptableLinear layer in model.Encoder.Linears.Where(l => l.Name.EndsWith("query", StringComparison.Ordinal)))
            layer.Adapter = new Watching(context =>
            {
                using Tensor sequences = context.Sequences();
                seen.Add((context.FirstOnly, [.. sequences.cpu().data<long>()], context.IsTraining));
            });
        using (var dropout = new SeededDropout(1, TestDevice.Current))
            model.Forward(batch, dropout).Dispose();
        int[] order = [.. Enumerable.Range(0, 5).OrderByDescending(r => rows[r].Length)];
        Assert.Equal(2, seen.Count);
        Assert.All(seen, s => Assert.True(s.IsTraining));
        Assert.False(seen[0].FirstOnly);
        Assert.Equal(order.SelectMany(r => Enumerable.Repeat((long)r, rows[r].Length)), seen[0].Sequences);
        Assert.All(Enumerable.Range(0, 5), r => Assert.All(seen[0].Sequences[batch.TokensOf(r)], s => Assert.Equal(r, s)));
        Assert.True(seen[1].FirstOnly);
        Assert.Equal(order.Select(r => (long)r), seen[1].Sequences);
    }

    private static float[] Outputs(
        AdapterCollection adapters, PackedBatch batch, ClassificationHead head, Dictionary<string, ClassificationHead> heads)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return [.. adapters.Forward(batch, head, heads).SelectMany(o => o.ToArray())];
    }

    private static void Disturb(AdapterSet adapters)
    {
        bool enabled = adapters.Enabled;
        adapters.Enabled = true;
        AdapterContract.Disturb(adapters);
        adapters.Enabled = enabled;
    }

    private sealed class Watching(Action<ForwardContext> see) : ILinearAdapter
    {
        public Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            see(context);
            return baseOutput;
        }
    }
}
