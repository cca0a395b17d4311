using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;
using Microsoft.ML.DeLoRA.Weights;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What goes from Python into ML.NET and back: what is said on the way, what survives it, and who can read the end.</summary>
public class PeftExchangeTests
{
    private static readonly string[] _labels = ["x", "y", "z"];

    /// <summary>Said by the log, by the model and, through the log, by the tool.</summary>
    [Fact]
    public void What_was_left_out_of_an_adapter_is_said()
    {
        using var folder = new TemporaryDirectory();
        string adapter = WriteAdapter(folder, new LoRAMethod { Rank = 2 }, keys =>
        {
            keys["target_modules"] = new JsonArray("query", "value", "q_proj");
            keys["modules_to_save"] = new JsonArray("classifier", "score", "pooler");
            keys["from_the_future"] = 1;
        });
        AddTensor(Path.Combine(adapter, PeftDirectory.TensorsFile), "base_model.model.classifier.norm.weight");
        string @base = BaseWithHead(folder, outputs: 5);

        (MLContext context, List<string> log) = Logged();
        using DeLoRATextTransformer loaded = context.Model.LoadPeftTextClassification(adapter, _labels, @base);
        string[] said = ["'from_the_future'", "'q_proj' of 'target_modules'", "'pooler' of 'modules_to_save'",
            "base_model.model.classifier.norm.weight",
            "has a trained head of its own; the adapter's takes its place"];
        Assert.All(said, s => Assert.Contains(log, m => m.Contains(s)));
        Assert.All(said, s => Assert.Contains(loaded.Model.Warnings, m => m.Contains(s)));
        Assert.Equal(said.Length, loaded.Model.Warnings.Count);
    }

    [Fact]
    public void An_adapter_without_head_takes_that_of_its_base_model_as_in_PEFT()
    {
        using var folder = new TemporaryDirectory();
        string adapter = WriteAdapter(folder, new LoRAMethod { Rank = 2 }, _ => { });
        string file = Path.Combine(adapter, PeftDirectory.TensorsFile);
        Rewrite(file, (name, _) => !AdapterNames.IsOfHead(name));
        using TextModel model = TextModel.LoadPeft(adapter, BaseWithHead(folder, outputs: 4), ["a", "b", "c", "d"]);
        Assert.Contains("the head of the base model", Assert.Single(model.Warnings));
        using SafeTensorsFile weights = SafeTensorsFile.Open(Path.Combine(folder["base"], "model.safetensors"));
        Assert.Equal(weights.ReadFloat32("classifier.out_proj.weight"), model.Parts.Classifier.Head.Parameters[2].Value.ToArray());
        Assert.Contains("classifier.out_proj.weight",
            Assert.Throws<InvalidDataException>(() => TextModel.LoadPeft(adapter, TinyBase.Directory)).Message);
    }

    [Fact]
    public void A_trained_head_that_training_does_not_use_is_said()
    {
        using var folder = new TemporaryDirectory();
        using TrainableModel model =
            TrainableModel.Create(BaseWithHead(folder, outputs: 4), new LoRAMethod { Rank = 2 }, 2, seed: 1, TestDevice.Current);
        Assert.Contains("trained head of its own; a new one is trained", Assert.Single(model.Warnings));
        using TrainableModel plain = TrainableModel.Create(TinyBase.Directory, new LoRAMethod { Rank = 2 }, 2, seed: 1, TestDevice.Current);
        Assert.Empty(plain.Warnings);
    }

    [Fact]
    public void Unknown_settings_and_the_base_model_survive_import_save_load_and_export()
    {
        using var folder = new TemporaryDirectory();
        JsonObject? original = null;
        string adapter =
            WriteAdapter(folder, new LoRAMethod { Rank = 2, RankPattern = new Dictionary<string, int> { ["value"] = 1 } }, keys =>
        {
            keys["base_model_name_or_path"] = "somebody/roberta";
            keys["revision"] = "0123abc";
            keys["from_the_future"] = new JsonObject { ["é"] = new JsonArray(1.50m, null) };
            keys["target_modules"] = new JsonArray("query", "value", "q_proj");
            keys["init_lora_weights"] = "eva";
            keys["lora_alpha"] = 8.0;
            original = keys;
        });
        MLContext context = TestDevice.Context();
        using (DeLoRATextTransformer imported = context.Model.LoadPeftTextClassification(adapter, _labels, TinyBase.Directory))
            context.Model.Save(imported, context.Data.LoadFromEnumerable<Row>([]).Schema, folder["model.zip"]);
        using var loaded = (DeLoRATextTransformer)context.Model.Load(folder["model.zip"], out _);
        AdapterMethod written = loaded.Model.SavePeft(folder["again"]);
        Assert.Equal(2, Assert.IsType<LoRAMethod>(written).Rank);
        Assert.True(JsonNode.DeepEquals(original, Configuration(folder["again"])), Configuration(folder["again"]).ToJsonString());

        // Another base has another revision.
        loaded.Model.SavePeft(folder["other"], "roberta-base");
        Assert.Equal("roberta-base", Configuration(folder["other"])["base_model_name_or_path"]!.GetValue<string>());
        Assert.Null(Configuration(folder["other"])["revision"]);
        Assert.NotNull(Configuration(folder["other"])["from_the_future"]);
    }

    /// <summary>PEFT reads the authors' directory without complaint and predicts something else, so that it has to be asked for.</summary>
    [Fact]
    public void Frozen_copies_go_to_PEFT_as_LoRA_and_to_the_authors_by_name()
    {
        using var folder = new TemporaryDirectory();
        string adapter = WriteAdapter(folder, new DeLoRAMethod { Rank = 2 }, keys =>
        {
            keys["base_model_name_or_path"] = "somebody/roberta";
            keys["revision"] = "0123abc";
            keys["note"] = "kept";
        }, AdapterFormat.Authors);
        using TextModel model = TextModel.LoadPeft(adapter, TinyBase.Directory, _labels, device: TestDevice.Current);
        float[] expected = Scores(model);

        Assert.Equal(4, Assert.IsType<LoRAMethod>(model.SavePeft(folder["peft"])).Rank);
        JsonObject keys = Configuration(folder["peft"]);
        Assert.Equal(("LORA", "somebody/roberta", "0123abc", "kept"),
            (Text("peft_type"), Text("base_model_name_or_path"), Text("revision"), Text("note")));
        Assert.False(keys.ContainsKey("delora_lambda"));
        Assert.Equal(expected, Scores(folder["peft"]), (a, b) => Math.Abs(a - b) < 1e-5f);

        Assert.IsType<DeLoRAMethod>(model.SavePeft(folder["authors"], format: AdapterFormat.Authors));
        Assert.True(JsonNode.DeepEquals(Configuration(adapter), Configuration(folder["authors"])));
        Assert.Equal(expected, Scores(folder["authors"]), (a, b) => Math.Abs(a - b) < 1e-5f);

        string Text(string key) => keys[key]!.GetValue<string>();
    }

    /// <summary>PEFT's DeLoRA has no other scaling than the column norms either.</summary>
    [Theory]
    [InlineData(DeLoRAInitialization.ZeroB, DeLoRAWeightScaling.ColumnNorms, AdapterFormat.Peft, "DELORA")]
    [InlineData(DeLoRAInitialization.ZeroB, DeLoRAWeightScaling.None, AdapterFormat.Peft, "LORA")]
    [InlineData(DeLoRAInitialization.FrozenCopy, DeLoRAWeightScaling.None, AdapterFormat.Peft, "LORA")]
    [InlineData(DeLoRAInitialization.ZeroB, DeLoRAWeightScaling.ColumnNorms, AdapterFormat.LoRA, "LORA")]
    public void Every_DeLoRA_has_a_form_that_PEFT_computes_the_same_with(
        DeLoRAInitialization initialization, DeLoRAWeightScaling scaling, AdapterFormat format, string type)
    {
        using var folder = new TemporaryDirectory();
        using TextModel model =
            TinyTextModel.Create(method: new DeLoRAMethod { Rank = 2, Initialization = initialization, WeightScaling = scaling });
        model.SavePeft(folder["peft"], format: format);
        Assert.Equal(type, Configuration(folder["peft"])["peft_type"]!.GetValue<string>());
        Assert.Equal(Scores(model), Scores(folder["peft"]), (a, b) => Math.Abs(a - b) < 1e-5f);
    }

    private static (MLContext Context, List<string> Warnings) Logged()
    {
        MLContext context = TestDevice.Context();
        var warnings = new List<string>();
        context.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
                warnings.Add(message.RawMessage);
        };
        return (context, warnings);
    }

    private static float[] Scores(string adapter)
    {
        using TextModel model = TextModel.LoadPeft(adapter, TinyBase.Directory, _labels, device: TestDevice.Current);
        return Scores(model);
    }

    private static float[] Scores(TextModel model) => model.Predict(["a text", "another", ""]).Values.ToArray();

    // An adapter of the tiny base with three classes, its configuration changed.
    private static string WriteAdapter(TemporaryDirectory folder, AdapterMethod method, Action<JsonObject> change,
        AdapterFormat format = AdapterFormat.Peft)
    {
        string adapter = folder["adapter"];
        using TextModel model = TinyTextModel.Create(method: method);
        model.SavePeft(adapter, format: format);
        JsonObject keys = Configuration(adapter);
        change(keys);
        File.WriteAllText(Path.Combine(adapter, PeftDirectory.ConfigurationFile), keys.ToJsonString());
        return adapter;
    }

    private static string BaseWithHead(TemporaryDirectory folder, int outputs)
    {
        string path = folder["base"];
        Directory.CreateDirectory(path);
        TinyBase.WriteTo(path);
        int hidden = TinyBase.Configuration.HiddenSize;
        Rewrite(Path.Combine(path, "model.safetensors"), (_, _) => true, ("classifier.dense.weight", [hidden, hidden]),
            ("classifier.dense.bias", [hidden]),
            ("classifier.out_proj.weight", [outputs, hidden]), ("classifier.out_proj.bias", [outputs]));
        return path;
    }

    private static void AddTensor(string file, string name) => Rewrite(file, (_, _) => true, (name, [3]));

    private static void Rewrite(string file, Func<string, long[], bool> keep, params (string Name, long[] Shape)[] more)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(3);
        var writer = new SafeTensorsWriter();
        using (SafeTensorsFile source = SafeTensorsFile.Open(file))
        {
            foreach (string name in source.Names.Where(n => keep(n, source.Shape(n).ToArray())))
                writer.Add(name, source.ReadTensor(name));
        }
        foreach ((string name, long[] shape) in more)
            writer.Add(name, torch.empty(shape).normal_(0, 0.2, generator));
        writer.Save(file);
    }

    private static JsonObject Configuration(string adapter)
        => JsonNode.Parse(File.ReadAllText(Path.Combine(adapter, PeftDirectory.ConfigurationFile)))!.AsObject();

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
