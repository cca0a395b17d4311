using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;
using Microsoft.ML.DeLoRA.Tests.Training;
using Microsoft.ML.DeLoRA.Tests.Training.Runs;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Methods;

/// <summary>LoRA that starts from what its layers read in training batches.</summary>
public class EvaTests(ITestOutputHelper output)
{
    private static readonly LoRAMethod _eva = new() { Rank = 3, Alpha = 6, Initialization = LoRAInitialization.Eva };

    // Ranks of one that may become 8, so that some layers lose theirs.
    private static readonly LoRAMethod _moving = new()
    {
        Rank = 1, Alpha = 2, Initialization = LoRAInitialization.Eva, Rho = 8, TargetModules = ["all-linear"],
    };

    public static TheoryData<string> Runs
        => [.. Repository.GoldenCases("methods").Where(c => c.StartsWith("lora-eva", StringComparison.Ordinal))];

    /// <summary>
    /// The randomised decomposition depends on the order of the tokens, so they are given in PEFT's, which is not that of a packed batch.
    /// </summary>
    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Runs))]
    public void Ranks_alphas_and_directions_are_those_of_PEFT(string name)
    {
        using var run = new GoldenRun($"methods/{name}");
        using SequenceClassifier model = GoldenModel.Load(run.BasePath);
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using DataPass pass = Method(name).CreateDataPass(model.Encoder)!;
        int passes = 0;
        for (; pass.Layers.Count > 0; passes++)
            InOrder(pass, model.Encoder, [.. run.Step(passes)[0].Select(run.Tokens)]);
        DataStart start = pass.Finish(isEnough: true);

        JsonElement golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Golden, "methods", name, "run.json"))).RootElement;
        Assert.Equal(golden.GetProperty("eva_forward_passes").GetInt32(), passes);
        Check(golden.GetProperty("ranks"), (LoRAMethod)start.Method, start.Values);
        using SafeTensorsFile expected =
            SafeTensorsFile.Open(Path.Combine(Repository.Golden, "methods", name, "init", "adapter_model.safetensors"));
        double largest = start.Values.Max(v => Differences.Largest(expected.ReadFloat32(AdapterNames.Of(TinyModel.Configuration.Family,
            v.Key)), v.Value));
        output.WriteLine($"directions {largest:e2}");
        // Sums in another order, through 14 decompositions.
        Assert.InRange(largest, 0, 1e-4);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Runs))]
    public void In_packed_batches_the_ranks_are_the_same_and_the_directions_nearly(string name)
    {
        using var run = new GoldenRun($"methods/{name}");
        using SequenceClassifier model = GoldenModel.Load(run.BasePath);
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, Method(name));
        Assert.Null(adapters.StartFrom(Enumerable.Range(0, int.MaxValue).Select(
            i => run.Training.Batch(run.Step(i)[0], run.Model.Encoder.Configuration, TestDevice.Current))));
        JsonElement golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Golden, "methods", name, "run.json"))).RootElement;
        Check(golden.GetProperty("ranks"), (LoRAMethod)adapters.Method, adapters.Parameters.ToDictionary(p => p.Name, p => p.Value));
        using SafeTensorsFile expected =
            SafeTensorsFile.Open(Path.Combine(Repository.Golden, "methods", name, "init", "adapter_model.safetensors"));
        using var scope = NewDisposeScope();
        foreach (ModelParameter a in adapters.Parameters.Where(p => p.Name.EndsWith("lora_A.weight", StringComparison.Ordinal)))
        {
            // The last of three directions is known to some degrees only: the random start has six, and the fourth matters nearly as much
            // as the third.
            Tensor peft = expected.ReadTensor(AdapterNames.Of(TinyModel.Configuration.Family, a.Name)).to(a.Value.device);
            Assert.All(nn.functional.cosine_similarity(peft, a.Value, 1).ToArray(), cosine => Assert.InRange(cosine, 0.95, 1.0001));
        }
        Assert.All(adapters.Parameters.Where(p => p.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)),
            p => Assert.All(p.Value.ToArray(), b => Assert.Equal(0, b)));
    }

    private static LoRAMethod Method(string run) => _eva with { Rho = run.EndsWith("rho1", StringComparison.Ordinal) ? 1 : 2 };

    private static void Check(JsonElement ranks, LoRAMethod method, IReadOnlyDictionary<string, Tensor> tensors)
    {
        foreach (JsonProperty layer in ranks.EnumerateObject())
        {
            string module = layer.Name["roberta.".Length..];
            Assert.Equal(layer.Value[0].GetInt32(), tensors[module + ".lora_A.weight"].shape[0]);
            Assert.Equal(layer.Value[1].GetDouble(), method.AlphaPattern.GetValueOrDefault(module, method.Alpha));
        }
    }

    // One batch, its rows one after the other as in PEFT's padded batch, without the padding.
    private static void InOrder(DataPass pass, PackedEncoder encoder, ReadOnlyMemory<int>[] rows)
    {
        int longest = rows.Max(r => r.Length);
        using Tensor real = tensor(rows.SelectMany((r, i) => Enumerable.Range(i * longest, r.Length)).Select(i => (long)i).ToArray(),
            device: TestDevice.Current);
        var seen = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        AdaptableLinear[] layers = [.. pass.Layers];
        foreach (AdaptableLinear layer in layers)
            layer.Adapter = new Tap(input => pass.Take(layer,
                seen.TryGetValue(input, out Tensor? same) ? same : seen[input] = input.index_select(0, real)));
        using PackedBatch batch = PackedBatch.CreatePadded(rows, encoder.Configuration.PadId, TestDevice.Current);
        encoder.Forward(batch).Dispose();
        foreach (AdaptableLinear layer in layers)
            layer.Adapter = null;
        pass.EndBatch();
    }

    private sealed class Tap(Action<Tensor> take) : ILinearAdapter
    {
        public Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            take(input);
            return baseOutput;
        }
    }

    [Fact]
    public void Layers_that_explain_less_than_others_get_no_adapter_and_the_sum_of_ranks_stays()
    {
        using SequenceClassifier model = TinyModel.Create();
        float[] before = TinyModel.Logits(model);
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, _moving);
        adapters.StartFrom(Batches(model));
        var method = (LoRAMethod)adapters.Method;
        Assert.Equal(before, TinyModel.Logits(model));
        Assert.Equal(adapters.Adapters.Select(a => a.Module), method.TargetModules);
        int[] ranks = [.. adapters.Parameters.Where(p => p.Name.EndsWith("lora_A.weight", StringComparison.Ordinal))
            .Select(p => (int)p.Value.shape[0])];
        Assert.Equal(model.Encoder.Linears.Count(), ranks.Sum());
        Assert.InRange(adapters.Adapters.Count, 1, model.Encoder.Linears.Count() - 1);
        Assert.All(ranks, rank => Assert.InRange(rank, 1, 8));
        // Alpha over rank is the same everywhere.
        Assert.All(adapters.Adapters, a => Assert.Equal(
            method.Alpha / method.Rank, method.AlphaPattern.GetValueOrDefault(a.Module,
                method.Alpha) / method.RankPattern.GetValueOrDefault(a.Module, method.Rank)));
        // Once is enough, and what was loaded stays.
        Assert.Null(adapters.StartFrom([]));
        Assert.Same(method, adapters.Method);
    }

    [Fact]
    public void A_saved_model_has_the_ranks_and_gives_the_same_bits()
    {
        using TrainableModel trainable = TrainableModel.Create(TinyBase.Directory, _moving, 3, 5, TestDevice.Current);
        new Trainer(trainable.Classifier, trainable.Adapters, new TrainingOptions { Epochs = 1, BatchSize = 8 }).Train(Tasks.Classes(24));
        int[] ranks = [.. trainable.Adapters!.Parameters.Select(p => (int)p.Value.shape.Min())];
        Assert.Contains(ranks, r => r > 1);
        using var model = new TextModel(trainable.Finish(TinyTextModel.Description));
        using var stream = new MemoryStream();
        model.Save(stream);
        stream.Position = 0;
        using TextModel loaded = TextModel.Load(stream, TestDevice.Current);
        string[] texts = ["a text", "another one", ""];
        Assert.Equal(model.Predict(texts).Values.ToArray(), loaded.Predict(texts).Values.ToArray());
    }

    [Fact]
    public void A_run_goes_on_to_the_same_bits()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions saved = SmallRun.Options with
        {
            Epochs = 2,
            Checkpoints = new() { Directory = folder["run"], EverySteps = 3, Every = null, Resume = true },
        };
        byte[] whole = Run(saved with { Checkpoints = null });
        Assert.ThrowsAny<OperationCanceledException>(() => Run(saved, stopAt: 8));
        Assert.Equal(whole, Run(saved));

        byte[] Run(TrainingOptions options, int stopAt = 0)
        {
            using SequenceClassifier model = TinyModel.Create(dropout: 0.1);
            using AdapterSet adapters = AdapterSet.Attach(model.Encoder, _moving, seed: 2);
            using var cancellation = new CancellationTokenSource();
            var progress = new ProgressCollector(p =>
            {
                if (p.Step == stopAt)
                    cancellation.Cancel();
            });
            new Trainer(model, adapters, options).Train(Tasks.Classes(42), Tasks.Classes(9, seed: 2), progress, cancellation.Token);
            return [.. adapters.Parameters.Concat(model.Head.Parameters).SelectMany(p => p.Value.ToArray())
                .SelectMany(BitConverter.GetBytes)];
        }
    }

    [Fact]
    public void Batches_with_too_few_tokens_are_refused_with_what_helps()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, _eva with { Rank = 4, Rho = 4 });
        TrainingData data = TrainingData.Regression(Texts.Of([[0, 5, 6, 2]]), [1]);
        string message = Assert.Throws<ArgumentException>(() => adapters.StartFrom(Enumerable.Range(0, 3)
            .Select(_ => data.Batch([0], model.Encoder.Configuration, TestDevice.Current)))).Message;
        Assert.Contains("16 directions in what 'encoder.layer.0.attention.self.query' reads", message);
        Assert.Contains("larger batches", message);
        Assert.True(adapters.Enabled);
    }

    [Fact]
    public void Data_that_end_too_early_are_said_to()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, _eva with { Tau = 1 });
        Assert.Contains("Tau", adapters.StartFrom(Batches(model).Take(2)));
    }

    private static IEnumerable<PackedBatch> Batches(SequenceClassifier model)
    {
        TrainingData data = Tasks.Classes(40);
        for (int i = 0; ; i++)
            yield return data.Batch([.. Enumerable.Range(i % 5 * 8, 8)], model.Encoder.Configuration, TestDevice.Current);
    }
}
