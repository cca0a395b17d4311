using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Peft;

/// <summary>PEFT reads what PEFT reads: names that match nothing, starts and settings of training, and what it refuses.</summary>
public class PeftReadingTests
{
    private const string Query0 = "encoder.layer.0.attention.self.query";
    private const string Query1 = "encoder.layer.1.attention.self.query";

    // Adapters that PEFT trained, whose start or training is not known here, with PEFT's logits of the held batch. They belong to the
    // repository's own golden models, whatever other set the tests run with.
    private static readonly string _golden = Path.Combine(Repository.Root, "tests", "golden");

    /// <summary>What a configuration of LoRA says, the modules that get an adapter (of the queries), and what a warning names.</summary>
    [Theory]
    [InlineData("""["query", "q_proj", "wqkv"]""", "", new[] { Query0, Query1 },
        "'q_proj', 'wqkv' of 'target_modules' name no linear layer")]
    [InlineData("""["query", "classifier.dense", "classifier.out_proj"]""", "", new[] { Query0, Query1 })]
    [InlineData("""["query"]""", "\"exclude_modules\": [\"layer.0.attention.self.query\", \"lm_head\"]", new[] { Query1 },
        "'lm_head' of 'exclude_modules'")]
    // A list excludes a module, not what is in it.
    [InlineData("""["query"]""", "\"exclude_modules\": [\"attention\"]", new[] { Query0, Query1 }, "'attention' of 'exclude_modules'")]
    [InlineData("""["query"]""", "\"exclude_modules\": \".*layer.0.attention.*\"", new[] { Query1 })]
    [InlineData("""["query"]""", "\"exclude_modules\": \"classifier.*\"", new[] { Query0, Query1 })]
    [InlineData("""["query"]""", "\"layers_to_transform\": [1, 7]", new[] { Query1 }, "'7' of 'layers_to_transform' names no layer")]
    [InlineData("""["query"]""", "\"layers_to_transform\": [0], \"layers_pattern\": [\"h\", \"layer\"]", new[] { Query0 })]
    // Whole names are taken from every layer.
    [InlineData("""["roberta.encoder.layer.1.attention.self.query"]""", "\"layers_to_transform\": [0]", new[] { Query1 })]
    [InlineData("""["roberta.encoder.layer.1.attention.self.query", "query"]""", "\"layers_to_transform\": [0]", new[] { Query0, Query1 })]
    [InlineData("""["query"]""", "\"modules_to_save\": [\"classifier\", \"score\", \"pooler\"]", new[] { Query0, Query1 },
        "'pooler' of 'modules_to_save'")]
    // What trains as a whole gets no adapter.
    [InlineData("""["query"]""", "\"modules_to_save\": [\"layer.0\"]", new[] { Query1 })]
    [InlineData("""["query"]""", "\"modules_to_save\": [\"0.attention\", \"LayerNorm\"]", new[] { Query1 })]
    [InlineData("""["query"]""", "\"rank_pattern\": {\"q_proj\": 4, \"query\": 2}", new[] { Query0, Query1 },
        "'q_proj' of 'rank_pattern' names no module")]
    [InlineData("""["query"]""", "\"rank_pattern\": {\"value\": 4}", new[] { Query0, Query1 }, "'value' of 'rank_pattern'")]
    [InlineData("""["query"]""", "\"alpha_pattern\": {\"^.*key\": 4}", new[] { Query0, Query1 }, "'^.*key' of 'alpha_pattern'")]
    [InlineData("""["query"]""", "\"fan_in_fan_out\": true", new[] { Query0, Query1 }, "fan_in_fan_out")]
    [InlineData("""["query"]""", "\"eva_config\": {\"rho\": 2.0}", new[] { Query0, Query1 }, "eva_config")]
    [InlineData("""["query"]""", "\"corda_config\": {\"corda_method\": \"ipm\"}", new[] { Query0, Query1 }, "corda_config")]
    [InlineData("""["query"]""", "\"loftq_config\": {\"loftq_bits\": 4}", new[] { Query0, Query1 }, "loftq_config")]
    [InlineData("""["query"]""", "\"init_lora_weights\": \"eva\", \"eva_config\": {\"rho\": 2.0}", new[] { Query0, Query1 })]
    [InlineData("""["query"]""", "\"init_lora_weights\": \"orthogonal\"", new[] { Query0, Query1 })]
    [InlineData("""["query"]""", "\"init_lora_weights\": \"Gaussian\"", new[] { Query0, Query1 })]
    public void Names_and_settings_mean_what_they_mean_to_PEFT(string targets, string setting, string[] expected, string? warning = null)
    {
        using var directory = new TemporaryDirectory();
        string json = Json(targets, setting);
        float[] logits = WriteAdapter(directory, json, expected);
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = opened.Attach(model.Encoder);
        Assert.Equal(expected, adapters.Adapters.Select(a => a.Module));
        Assert.Equal(logits, TinyModel.Logits(model));
        if (warning is null)
            Assert.Empty(opened.Warnings);
        else
            Assert.Contains(warning, Assert.Single(opened.Warnings));

        // What was read is written again as it was, names that match nothing included.
        using var again = new TemporaryDirectory();
        PeftDirectory.Save(again.Path, adapters, model.Head, configuration: opened.Configuration);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(File.ReadAllText(again[PeftDirectory.ConfigurationFile]))));
    }

    [Theory]
    [InlineData("""["q_proj", "v_proj"]""", "", "'q_proj', 'v_proj'")]
    [InlineData("""["classifier.dense"]""", "", "'classifier.dense'")]
    [InlineData("""["query"]""", "\"exclude_modules\": [\"query\"]", "'exclude_modules'")]
    [InlineData("""["query"]""", "\"layers_to_transform\": [2, 3]", "'layers_to_transform'")]
    [InlineData("""["query"]""", "\"modules_to_save\": [\"encoder\"]", "'modules_to_save'")]
    [InlineData("""["query", "attention"]""", "", "'encoder.layer.0.attention', which is no linear layer")]
    [InlineData("""["query", "LayerNorm"]""", "", "'embeddings.LayerNorm', which is no linear layer")]
    [InlineData("\".*attention.*\"", "", "'encoder.layer.0.attention', which is no linear layer")]
    public void What_PEFT_refuses_is_refused_by_name(string targets, string setting, string named)
    {
        using var directory = new TemporaryDirectory();
        WriteAdapter(directory, Json(targets, setting), [Query0]);
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        using SequenceClassifier model = TinyModel.Create();
        string message = Assert.Throws<InvalidDataException>(() => opened.Attach(model.Encoder)).Message;
        Assert.Contains(named, message);
        Assert.Contains(directory.Path, message);
    }

    [Fact]
    public void An_adapter_on_embeddings_is_refused_by_name()
    {
        using var directory = new TemporaryDirectory();
        WriteAdapter(directory, """{"peft_type": "LORA", "r": 3, "target_modules": ["query", "word_embeddings"]}""", [Query0, Query1]);
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        using SequenceClassifier model = TinyModel.Create();
        Assert.Contains("embeddings.word_embeddings", Assert.Throws<NotSupportedException>(() => opened.Attach(model.Encoder)).Message);
    }

    /// <summary>The names that a file may have, in a user's own options.</summary>
    [Fact]
    public void The_same_names_in_options_of_ones_own_are_errors()
    {
        Refused(new LoRAMethod { Rank = 2, TargetModules = ["query", "q_proj"] }, "TargetModules: 'q_proj'");
        Refused(new LoRAMethod { Rank = 2, ExcludeModules = ["lm_head"] }, "ExcludeModules: 'lm_head'");
        Refused(new LoRAMethod { Rank = 2, Layers = [0, 7] }, "7");
        Refused(new LoRAMethod { Rank = 2, ModulesToSave = ["pooler"] }, "'pooler'");
        Refused(new LoRAMethod { Rank = 2, RankPattern = new Dictionary<string, int> { ["query"] = 1, ["quary"] = 1 } },
            "RankPattern: 'quary'");
        Refused(new DoRAMethod { Rank = 2, RankPattern = new Dictionary<string, int> { ["key"] = 1 } }, "RankPattern: 'key'");
        Refused(new LoRAMethod { Rank = 2, AlphaPattern = new Dictionary<string, double> { ["^.*dense$"] = 1 } },
            "AlphaPattern: '^.*dense$'");
        Refused(new DeLoRAMethod { Rank = 2, LambdaPattern = new Dictionary<string, double> { ["layer.2"] = 1 } },
            "LambdaPattern: 'layer.2'");
        Refused(new MultiplicativeDeLoRAMethod { Rank = 2, LambdaPattern = new Dictionary<string, double> { ["keys"] = 1 } },
            "LambdaPattern: 'keys'");
        Refused(new IA3Method { FeedForwardModules = ["output.dens"] }, "FeedForwardModules: 'output.dens'");

        static void Refused(AdapterMethod method, string named)
        {
            using SequenceClassifier model = TinyModel.Create();
            Assert.Contains(named, Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, method)).Message);
        }
    }

    [Fact]
    public void A_module_that_holds_others_trains_with_all_of_them()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters =
            AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 2, Layers = [0], ModulesToSave = ["layer.1.attention"] });
        string[] own = [.. adapters.Parameters.Select(p => p.Name).Where(n => !n.Contains("lora_"))];
        Assert.Equal(model.Encoder.Parameters.Select(p => p.Name).Where(n => n.StartsWith("encoder.layer.1.attention.")), own);
        Assert.Equal(10, own.Length);
    }

    /// <summary>Tensors that only training needs, and those of modules that are not there, are left out.</summary>
    [Theory]
    [InlineData("\"monteclora_config\": {\"num_samples\": 8}", "monteclora_config", Query0 + ".lora_monteclora_sampler.std_prior", 3)]
    [InlineData("\"velora_config\": {\"num_groups\": 4}", "velora_config", Query0 + ".lora_velora_embed", 4)]
    [InlineData("\"modules_to_save\": [\"pooler\"]", "pooler", "pooler.dense.weight", 5)]
    public void Tensors_that_prediction_does_not_need_are_left_out(string setting, string warned, string tensor, int size)
    {
        using var directory = new TemporaryDirectory();
        float[] logits =
            WriteAdapter(directory, $$"""{"peft_type": "LORA", "r": 3, "target_modules": ["query"], {{setting}}}""", [Query0, Query1],
            (AdapterNames.Of(EncoderFamilies.Default, tensor), size));
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = opened.Attach(model.Encoder);
        Assert.Equal(logits, TinyModel.Logits(model));
        Assert.Contains(warned, Assert.Single(opened.Warnings));
    }

    [Fact]
    public void Parts_of_a_head_that_RoBERTa_does_not_have_are_named()
    {
        using var directory = new TemporaryDirectory();
        WriteAdapter(directory, """{"peft_type": "LORA", "r": 3, "target_modules": ["query"]}""", [Query0, Query1],
            (AdapterNames.Of(EncoderFamilies.Default, "classifier.weight"), 3),
                (AdapterNames.Of(EncoderFamilies.Default, "classifier.dense.lora_A.weight"), 3));
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        string warning = Assert.Single(opened.Warnings);
        Assert.Contains("base_model.model.classifier.weight", warning);
        Assert.Contains("base_model.model.classifier.dense.lora_A.weight", warning);
    }

    /// <summary>Adapters whose start or training is not known here give PEFT's own logits, and are saved as what they are.</summary>
    [Theory]
    [InlineData("lora-mica", 4)]
    [InlineData("lora-velora", 4, "velora_config")]
    [InlineData("lora-olora", 8)]
    public void An_adapter_of_PEFT_gives_its_logits(string name, int savedRank, string? warning = null)
    {
        string path = Path.Combine(_golden, "peft-reading", name);
        using SafeTensorsFile expected = SafeTensorsFile.Open(Path.Combine(path, "expected.safetensors"));
        using PeftDirectory opened = PeftDirectory.Open(path);
        using SequenceClassifier model = Model();
        using AdapterSet adapters = opened.Attach(model.Encoder);
        opened.LoadHead(model.Head);
        Assert.InRange(Differences.Largest(expected.ReadFloat32("logits"), HeldLogits(model)), 0, 5e-4);
        Assert.Equal(warning is null ? 0 : 1, opened.Warnings.Count);
        Assert.All(opened.Warnings, w => Assert.Contains(warning!, w));

        using var again = new TemporaryDirectory();
        PeftDirectory.Save(again.Path, adapters, model.Head, configuration: opened.Configuration);
        using PeftDirectory reopened = PeftDirectory.Open(again.Path);
        Assert.Empty(reopened.Warnings);
        Assert.Equal(savedRank, ((LoRAMethod)reopened.Method).Rank);
        using SequenceClassifier second = Model();
        using AdapterSet loaded = reopened.Attach(second.Encoder);
        reopened.LoadHead(second.Head);
        Assert.InRange(Differences.Largest(expected.ReadFloat32("logits"), HeldLogits(second)), 0, 5e-4);
    }

    private static string Json(string targets, string setting)
        => $$"""{"peft_type": "LORA", "r": 3, "target_modules": {{targets}}{{(setting.Length > 0 ? ", " + setting : "")}}}""";

    private static SequenceClassifier Model()
    {
        using ModelDirectory directory = ModelDirectory.Open(Path.Combine(_golden, "tiny-roberta", "cls3"));
        EncoderConfiguration configuration = EncoderConfiguration.FromJson(directory.ConfigurationJson);
        var weights = new CheckpointWeights(directory.Tensors);
        var model = new SequenceClassifier(new PackedEncoder(configuration, weights), new ClassificationHead(configuration, 3, weights));
        model.MoveTo(TestDevice.Current);
        return model;
    }

    private static float[] HeldLogits(SequenceClassifier model)
    {
        using SafeTensorsFile data = SafeTensorsFile.Open(Path.Combine(_golden, "training-data", "cls3.safetensors"));
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using PackedBatch batch = new GoldenBatch(data, model.Encoder.Configuration.PadId, "eval_").Packed();
        return model.Forward(batch).ToArray();
    }

    // An adapter on those modules, with what the configuration saves beside it; gives its logits on the tiny model.
    private static float[] WriteAdapter(TemporaryDirectory directory, string json, string[] modules, params (string Name, int Size)[] more)
    {
        JsonObject keys = JsonNode.Parse(json)!.AsObject();
        string[] saved = [.. (keys["modules_to_save"]?.AsArray() ?? []).Select(m => m!.GetValue<string>())
            .Where(m => m is not ("classifier" or "score" or "pooler" or "encoder"))
                .Select(m => m == "0.attention" ? "layer.0.attention" : m)];
        using SequenceClassifier model = TinyModel.Create();
        var ranks = new Dictionary<string, int>();
        if (keys["rank_pattern"]?["query"] is { } rank)
            ranks["query"] = rank.GetValue<int>();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new LoRAMethod
        {
            Rank = 3, TargetModules = modules, RankPattern = ranks, ModulesToSave = saved,
        });
        using (no_grad())
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(17);
            foreach (ModelParameter parameter in adapters.Parameters)
                parameter.Value.AddInPlace(empty(parameter.Value.shape).normal_(0, 0.2, generator).to(parameter.Value.device));
        }
        File.WriteAllText(directory[PeftDirectory.ConfigurationFile], json);
        using var tensors = NewDisposeScope();
        var writer = new SafeTensorsWriter();
        foreach ((string name, Tensor value) in adapters.Tensors())
            writer.Add(name, value);
        foreach ((string name, int size) in more)
            writer.Add(name, ones(size));
        writer.Save(directory[PeftDirectory.TensorsFile]);
        return TinyModel.Logits(model);
    }
}
