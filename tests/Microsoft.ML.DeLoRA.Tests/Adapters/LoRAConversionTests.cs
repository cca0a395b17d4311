using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class LoRAConversionTests
{
    private static readonly DeLoRAMethod _zeroB = new()
    {
        Rank = 3,
        Lambda = 4,
        Initialization = DeLoRAInitialization.ZeroB,
        Bias = BiasTraining.AdaptedLayers,
        ModulesToSave = ["embeddings.LayerNorm"],
        RankPattern = new Dictionary<string, int> { ["layer.1.attention.self.value"] = 2 },
        LambdaPattern = new Dictionary<string, double> { ["query"] = 2 },
    };

    public static TheoryData<string, int> Rows => new() { { "zero B", 3 }, { "frozen copy", 6 }, { "not scaled", 3 } };

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_converted_adapters_compute_the_same(string row, int rank)
    {
        DeLoRAMethod method = row switch
        {
            "zero B" => _zeroB,
            "frozen copy" => _zeroB with { Initialization = DeLoRAInitialization.FrozenCopy },
            _ => _zeroB with { WeightScaling = DeLoRAWeightScaling.None },
        };
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet original = AdapterSet.Attach(model.Encoder, method);
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(5);
            foreach (ModelParameter parameter in original.Parameters)
                parameter.Value.AddInPlace(empty(parameter.Value.shape).normal_(0, 0.3, generator).to(parameter.Value.device));
        }
        float[] logits = TinyModel.Logits(model);

        using AdapterSet converted = LoRAConversion.FromDeLoRA(original);
        Assert.Equal(rank, ((LoRAMethod)converted.Method).Rank);
        Assert.Equal(logits, TinyModel.Logits(model));
        original.Enabled = false;
        converted.Enabled = true;
        Assert.InRange(Differences.Largest(logits, TinyModel.Logits(model)), 0, 1e-5);

        using var directory = new TemporaryDirectory();
        PeftDirectory.Save(directory.Path, converted, model.Head);
        using SequenceClassifier other = TinyModel.Create();
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        Assert.Equal("LORA", opened.Configuration.PeftType);
        using AdapterSet loaded = opened.Attach(other.Encoder);
        Assert.InRange(Differences.Largest(logits, TinyModel.Logits(other)), 0, 1e-5);
    }

    [Fact]
    public void Other_methods_and_merged_adapters_are_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        using (AdapterSet other = AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 1 }))
            Assert.Throws<ArgumentException>(() => LoRAConversion.FromDeLoRA(other));
        using AdapterSet merged = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 1 });
        merged.Merge();
        Assert.Throws<InvalidOperationException>(() => LoRAConversion.FromDeLoRA(merged));
    }
}
