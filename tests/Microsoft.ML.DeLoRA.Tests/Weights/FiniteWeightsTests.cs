using System.Text.RegularExpressions;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Weights;

/// <summary>A file with a weight that is NaN or infinite is refused by the tensor's name, wherever it becomes a parameter.</summary>
public class FiniteWeightsTests
{
    [Theory]
    [InlineData("roberta.embeddings.word_embeddings.weight", float.NaN)]
    [InlineData("roberta.encoder.layer.0.intermediate.dense.bias", float.PositiveInfinity)]
    [InlineData("roberta.embeddings.LayerNorm.weight", float.NegativeInfinity)]
    public void In_a_base_model(string tensor, float wrong)
    {
        using var folder = new TemporaryDirectory();
        TinyBase.WriteTo(folder.Path);
        string name = Spoil(folder["model.safetensors"], n => n == tensor || "roberta." + n == tensor, wrong);
        using BaseModel model = BaseModel.Open(folder.Path);
        string message = Assert.Throws<InvalidDataException>(() => model.CreateEncoder()).Message;
        Assert.Contains(FormattableString.Invariant($"has the value {wrong} at ["), message);
        Assert.Contains(name[(name.StartsWith("roberta.") ? "roberta.".Length : 0)..], message);
        Assert.Contains(folder["model.safetensors"], message);
    }

    [Theory]
    [InlineData("delora_lambda")]
    [InlineData("delora_B")]
    [InlineData("classifier.out_proj.bias")]
    public void In_an_adapter_and_its_head(string part)
    {
        using var folder = new TemporaryDirectory();
        using SequenceClassifier model = TinyModel.Create();
        var method = new DeLoRAMethod { Rank = 2, Initialization = DeLoRAInitialization.ZeroB };
        using (AdapterSet adapters = AdapterSet.Attach(model.Encoder, method))
            PeftDirectory.Save(folder.Path, adapters, model.Head);
        string name = Spoil(folder[PeftDirectory.TensorsFile], n => n.Contains(part), float.NaN);
        float[] before = TinyModel.Logits(model);
        using PeftDirectory directory = PeftDirectory.Open(folder.Path);
        string message = Assert.Throws<InvalidDataException>(() =>
        {
            directory.LoadHead(model.Head);
            directory.Attach(model.Encoder).Dispose();
        }).Message;
        Assert.Contains(name.Split('.')[^2], message);
        Assert.Contains("has the value NaN at [0", message);
        if (!name.Contains("classifier"))
            Assert.Equal(before, TinyModel.Logits(model));
    }

    [Fact]
    public void What_is_beyond_float32_is_as_bad_as_infinity()
    {
        using var folder = new TemporaryDirectory();
        var writer = new SafeTensorsWriter();
        using Tensor large = tensor([1.0, 1e39, 2.0, -3.0], [2, 2]);
        writer.Add("x", large);
        writer.Save(folder["x.safetensors"]);
        using SafeTensorsFile file = SafeTensorsFile.Open(folder["x.safetensors"]);
        Assert.Contains("'x' of " + folder["x.safetensors"] + " has the value Infinity at [0, 1]",
            Assert.Throws<InvalidDataException>(() => new CheckpointWeights(file).Get("x", [2, 2])).Message);
    }

    [Theory]
    [InlineData(1e38)]
    [InlineData(1e308)]
    public void A_scale_of_PEFT_that_overflows_is_refused_by_its_name(double alpha)
    {
        using var folder = new TemporaryDirectory();
        using SequenceClassifier model = TinyModel.Create();
        using (AdapterSet adapters = AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 2 }))
            PeftDirectory.Save(folder.Path, adapters, model.Head);
        string configuration = folder[PeftDirectory.ConfigurationFile];
        string text = File.ReadAllText(configuration);
        string changed = Regex.Replace(text, "\"lora_alpha\": [0-9.]+", FormattableString.Invariant($"\"lora_alpha\": {alpha:R}"));
        Assert.NotEqual(text, changed);
        File.WriteAllText(configuration, changed);
        Assert.Contains("alpha", Assert.Throws<InvalidDataException>(() =>
        {
            using PeftDirectory directory = PeftDirectory.Open(folder.Path);
            directory.Attach(model.Encoder).Dispose();
        }).Message);
    }

    // Each factor is finite; their products in attention are not.
    [Fact]
    public void A_model_that_computes_NaN_is_refused_when_it_is_made_for_prediction()
    {
        var method =
            new LoRAMethod { Rank = 2, Alpha = 1e30, Initialization = LoRAInitialization.Random, TargetModules = ["query", "key"] };
        using var model = TrainableModel.Create(TinyBase.Directory, method, outputs: 2, seed: 1, CPU);
        var description =
            new TextModelDescription { Kind = TextModelKind.Classification, OutputCount = 2, TakesPairs = false, MaxLength = 16 };
        Assert.Contains("The model gives NaN", Assert.Throws<InvalidDataException>(() => model.Finish(description)).Message);
    }

    private static string Spoil(string path, Func<string, bool> isTarget, float wrong)
    {
        var writer = new SafeTensorsWriter();
        string? name = null;
        using (SafeTensorsFile file = SafeTensorsFile.Open(path))
        {
            foreach ((string key, string value) in file.Metadata)
                writer.Metadata[key] = value;
            using var scope = NewDisposeScope();
            foreach (string tensor in file.Names)
            {
                Tensor values = file.ReadTensor(tensor).DetachFromDisposeScope();
                if (name is null && isTarget(tensor))
                {
                    name = tensor;
                    values.view(-1).narrow(0, 0, 1).Fill(wrong);
                }
                writer.Add(tensor, values);
            }
        }
        writer.Save(path);
        return name!;
    }
}
