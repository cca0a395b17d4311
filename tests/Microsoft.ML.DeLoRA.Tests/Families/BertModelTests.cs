using System.Text;
using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Families;

/// <summary>A BERT from its directory through training, saving and PEFT's files.</summary>
public sealed class BertModelTests : IDisposable
{
    private static readonly EncoderConfiguration _configuration = ToyFamily.Configuration with
    {
        Family = EncoderFamilies.Find("bert")!,
        VocabularySize = 5 + 26 * 2,
        HiddenSize = 32,
        PositionCount = 66,
    };

    private readonly TemporaryDirectory _directory = new();

    public BertModelTests() => WriteTo(withPooler: true);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void It_is_trained_saved_and_loaded_with_the_same_scores()
    {
        using DeLoRATextTransformer trained = Fit();
        string[] texts = ["a b c", "x y", "klm", "", "unknown ß"];
        float[] scores = trained.Model.Predict(texts).Values.ToArray();
        Assert.True(scores[0] != scores[3], "it says the same of every text");
        trained.Model.Save(_directory["m.zip"]);
        using TextModel loaded = TextModel.Load(_directory["m.zip"]);
        Assert.Equal(scores, loaded.Predict(texts).Values.ToArray());
        // A saved model is a base, too.
        using BaseModel asBase = BaseModel.Open(_directory["m.zip"]);
        Assert.Equal(("bert", 3), (asBase.Configuration.Family.ModelType, asBase.HeadOutputs));
    }

    [Fact]
    public void PEFT_gets_the_pooler_with_the_classifier_and_what_it_saves_is_read()
    {
        using DeLoRATextTransformer trained = Fit();
        string[] texts = ["a b c", "x y", "klm"];
        float[] scores = trained.Model.Predict(texts).Values.ToArray();
        trained.Model.SavePeft(_directory["peft"], "tiny-bert");
        JsonNode configuration = JsonNode.Parse(File.ReadAllText(Path.Combine(_directory["peft"], PeftDirectory.ConfigurationFile)))!;
        Assert.Equal(["classifier", "score", "pooler"], configuration["modules_to_save"]!.AsArray().Select(n => (string)n!));
        using (PeftDirectory files = PeftDirectory.Open(_directory["peft"]))
        {
            Assert.Equal(("bert", 3), (files.Family.ModelType, files.HeadOutputs));
            string[] head = ["base_model.model.bert.pooler.dense.weight", "base_model.model.classifier.weight"];
            Assert.All(head, name => Assert.Contains(name, files.Tensors.Names));
            Assert.All(files.Tensors.Names,
                name => Assert.True(name.StartsWith("base_model.model.bert.") || name.StartsWith("base_model.model.classifier.")));
        }
        using TextModel again = TextModel.LoadPeft(_directory["peft"], _directory.Path);
        Assert.Empty(again.Warnings);
        Assert.Equal(scores, again.Predict(texts).Values.ToArray());
    }

    [Fact]
    public void An_adapter_of_Python_without_pooler_has_the_base_models()
    {
        using DeLoRATextTransformer trained = Fit();
        trained.Model.SavePeft(_directory["peft"], "tiny-bert");
        string file = Path.Combine(_directory["peft"], PeftDirectory.TensorsFile);
        Rewrite(file, name => name.Contains(".pooler.") ? [] : [name]);
        // PEFT's own form for a list of layers: a regular expression over BERT's names.
        string configuration = Path.Combine(_directory["peft"], PeftDirectory.ConfigurationFile);
        JsonNode keys = JsonNode.Parse(File.ReadAllText(configuration))!;
        keys["modules_to_save"] = new JsonArray("classifier", "score");
        keys["target_modules"] = @"bert\.encoder\.layer\.\d+\.attention\.self\.(query|value)";
        File.WriteAllText(configuration, keys.ToJsonString());
        using TextModel model = TextModel.LoadPeft(_directory["peft"], _directory.Path);
        Assert.Contains("pooler.dense.weight", Assert.Single(model.Warnings));
        using SafeTensorsFile weights = SafeTensorsFile.Open(_directory["model.safetensors"]);
        Assert.Equal(weights.ReadFloat32("bert.pooler.dense.weight"), model.Parts.Classifier.Head.Parameters[0].Value.ToArray());

        const string query = "encoder.layer.0.attention.self.query";
        Rewrite(file, name => name.Contains(query) ? [name, name.Replace(query, "pooler.dense")] : [name]);
        Assert.Contains("pooler",
            Assert.Throws<NotSupportedException>(() => TextModel.LoadPeft(_directory["peft"], _directory.Path)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_new_head_begins_with_the_pretrained_pooler(bool withPooler)
    {
        WriteTo(withPooler);
        using var model = TrainableModel.Create(_directory.Path, new DeLoRAMethod { Rank = 2 }, outputs: 3, seed: 1, TestDevice.Current);
        float[] dense = model.Classifier.Head.Parameters[0].Value.ToArray();
        Assert.Equal(withPooler, model.Classifier.Head.Parameters[1].Value.ToArray().Any(bias => bias != 0));
        if (withPooler)
        {
            using SafeTensorsFile weights = SafeTensorsFile.Open(_directory["model.safetensors"]);
            Assert.Equal(weights.ReadFloat32("bert.pooler.dense.weight"), dense);
        }
        Assert.Contains(dense, value => value != 0);
    }

    [Fact]
    public void A_classifier_of_Hugging_Face_is_read_whole()
    {
        WriteTo(withPooler: true, outputs: 4);
        using TextModel model = TextModel.LoadPretrained(_directory.Path, ["a", "b", "c", "d"]);
        Assert.Equal(4, model.Predict(["a b"]).Row(0).Length);
    }

    private DeLoRATextTransformer Fit()
    {
        MLContext context = TestDevice.Context();
        return Toy.Fit(context, Toy.Data(context, Toy.Rows(24)), Toy.Options with { BaseModel = _directory.Path });
    }

    // Every letter, alone and within a word.
    private void WriteTo(bool withPooler, int outputs = 0)
    {
        using var random = new RandomWeights(_configuration, 1);
        using var encoder = new PackedEncoder(_configuration, random);
        using var head = new ClassificationHead(_configuration, Math.Max(outputs, 1), random);
        head.Parameters[1].CopyFrom(TorchSharp.torch.ones(_configuration.HiddenSize));
        var writer = new SafeTensorsWriter();
        foreach (ModelParameter parameter in encoder.Parameters.Concat(head.Parameters.Take(withPooler ? 2 : 0))
            .Concat(head.Parameters.Skip(2).Take(outputs > 0 ? 2 : 0)))
            writer.Add(_configuration.Family.FullName(parameter.Name), parameter.Value, TensorDataType.Float32);
        writer.Save(_directory["model.safetensors"]);
        File.WriteAllText(_directory["config.json"], _configuration.ToJson());
        IEnumerable<string> letters = Enumerable.Range('a', 26).Select(c => ((char)c).ToString());
        File.WriteAllText(_directory["vocab.txt"], string.Join('\n',
            (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. letters, .. letters.Select(l => "##" + l)]),
                new UTF8Encoding(false));
    }

    private static void Rewrite(string file, Func<string, string[]> rename)
    {
        var writer = new SafeTensorsWriter();
        using (SafeTensorsFile source = SafeTensorsFile.Open(file))
        {
            foreach (string name in source.Names)
            {
                foreach (string kept in rename(name))
                    writer.Add(kept, source.ReadFloat32(name), source.Shape(name).ToArray());
            }
        }
        writer.Save(file);
    }
}
