using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class VeRAMethodTests
{
    [Fact]
    public void A_seed_gives_the_projections_that_PEFT_draws_from_it()
    {
        using SafeTensorsFile golden = SafeTensorsFile.Open(Path.Combine(Repository.Golden, "methods/vera/init/adapter_model.safetensors"));
        using SequenceClassifier model = GoldenModel.Load("tiny-roberta/cls3");
        using var adapters = AdapterSet.Attach(model.Encoder, new VeRAMethod { Rank = 8, ProjectionSeed = 5 });
        foreach (string name in new[] { "base_model.vera_A", "base_model.vera_B" })
            Assert.Equal(golden.ReadFloat32(name), adapters.Tensors()[name].ToArray());
    }

    [Fact]
    public void All_layers_share_projections_as_wide_as_the_widest_needs()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters =
            AdapterSet.Attach(model.Encoder, new VeRAMethod { Rank = 5, TargetModules = ["query", "intermediate.dense", "output.dense"] });
        IReadOnlyDictionary<string, Tensor> tensors = adapters.Tensors();
        Assert.Equal([5, 24], tensors["base_model.vera_A"].shape);
        Assert.Equal([24, 5], tensors["base_model.vera_B"].shape);
        Assert.Equal(2 * (5 + 16 + 5 + 24 + 2 * (5 + 16)), adapters.Parameters.Sum(p => p.Value.numel()));
    }

    [Fact]
    public void Projections_that_are_not_saved_come_back_from_their_seed()
    {
        var method = new VeRAMethod { Rank = 5, SaveProjection = false, ProjectionSeed = 4 };
        using SequenceClassifier model = TinyModel.Create();
        using SequenceClassifier other = TinyModel.Create();
        using SequenceClassifier wrong = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, method, seed: 1);
        using var loaded = AdapterSet.Attach(other.Encoder, method, seed: 2);
        using var otherwise = AdapterSet.Attach(wrong.Encoder, method with { ProjectionSeed = 5 }, seed: 1);
        using (no_grad())
        {
            foreach (ModelParameter parameter in adapters.Parameters)
                parameter.Value.AddInPlace(1);
        }
        Assert.DoesNotContain(adapters.Tensors().Keys, k => k.Contains("vera_A") || k.Contains("vera_B"));
        loaded.Load(adapters.Tensors());
        otherwise.Load(adapters.Tensors());
        Assert.Equal(TinyModel.Logits(model), TinyModel.Logits(other));
        Assert.NotEqual(TinyModel.Logits(model), TinyModel.Logits(wrong));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        foreach (VeRAMethod wrong in new[]
        {
            new VeRAMethod { Rank = 0 }, new VeRAMethod { InitialD = 0 }, new VeRAMethod { InitialD = double.NaN },
            new VeRAMethod { Dropout = 1 },
        })
            Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, wrong));
    }
}
