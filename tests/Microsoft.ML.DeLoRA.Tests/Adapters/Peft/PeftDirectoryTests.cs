using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Peft;

/// <summary>Adapters through a directory and back.</summary>
public class PeftDirectoryTests
{
    private static readonly LoRAMethod _method = new() { Rank = 2, Alpha = 4 };

    public static TheoryData<string> MethodsOfPeft => [.. AdapterMethodTable.AllNames.Where(n => !HasNoForm(n))];

    public static TheoryData<string> MethodsOfTheAuthors => [.. AdapterMethodTable.AllNames.Where(n => AdapterMethodTable.Get(n)
        is BottleneckMethod
        or DeLoRAMethod { Initialization: DeLoRAInitialization.FrozenCopy, WeightScaling: DeLoRAWeightScaling.ColumnNorms,
            Bias: BiasTraining.None })];

    public static TheoryData<string> MethodsWithoutForm => [.. AdapterMethodTable.AllNames.Where(HasNoForm)];

    [Theory]
    [MemberData(nameof(MethodsOfPeft))]
    public void A_saved_adapter_gives_the_same_logits(string name)
    {
        using var directory = new TemporaryDirectory();
        float[] logits = Save(directory.Path, AdapterMethodTable.Get(name), seed: 3);
        Assert.InRange(Differences.Largest(logits, Reopened(directory.Path, outputs: 3)), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(MethodsOfTheAuthors))]
    public void So_does_one_in_the_format_of_the_authors(string name)
    {
        using var directory = new TemporaryDirectory();
        float[] logits = Save(directory.Path, AdapterMethodTable.Get(name), AdapterFormat.Authors, seed: 3);
        Assert.InRange(Differences.Largest(logits, Reopened(directory.Path, outputs: 3)), 0, 1e-5);
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        Assert.Equal(AdapterMethodTable.Get(name).GetType(), opened.Method.GetType());
    }

    [Theory]
    [MemberData(nameof(MethodsWithoutForm))]
    public void What_PEFT_has_no_form_for_is_refused_and_leaves_nothing_behind(string name)
    {
        using var directory = new TemporaryDirectory();
        AdapterMethod method = AdapterMethodTable.Get(name);
        Assert.Contains("PEFT", Assert.Throws<NotSupportedException>(() => Save(directory.Path, method, seed: 3)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void The_head_and_the_base_model_are_in_the_directory()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["new/adapter"];
        Save(path, _method);
        using PeftDirectory opened = PeftDirectory.Open(path);
        Assert.Equal(3, opened.HeadOutputs);
        Assert.Equal("roberta-base", opened.Configuration.BaseModelName);
        Assert.Empty(opened.Warnings);
        using SequenceClassifier other = TinyModel.Create(outputs: 2);
        float[] before = other.Head.Parameters[0].Value.ToArray();
        string message = Assert.Throws<InvalidDataException>(() => opened.LoadHead(other.Head)).Message;
        Assert.Contains("classifier.out_proj.weight", message);
        Assert.Contains(path, message);
        Assert.Equal(before, other.Head.Parameters[0].Value.ToArray());
    }

    [Fact]
    public void Only_what_was_changed_changes_in_a_kept_configuration()
    {
        using var directory = new TemporaryDirectory();
        Save(directory.Path, _method);
        string file = directory[PeftDirectory.ConfigurationFile];
        JsonObject keys = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        keys["target_modules"] = @"roberta\.encoder.*\.(query|value)";
        keys["inference_mode"] = false;
        keys["another"] = 1.50m;
        keys["lora_alpha"] = 4.0;
        File.WriteAllText(file, keys.ToJsonString());

        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        Assert.Contains("'another'", Assert.Single(opened.Warnings));
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, (LoRAMethod)opened.Method with { Rank = 3 });
        using var second = new TemporaryDirectory();
        PeftDirectory.Save(second.Path, adapters, model.Head, configuration: opened.Configuration);
        keys["r"] = 3;
        Assert.True(JsonNode.DeepEquals(keys, JsonNode.Parse(File.ReadAllText(second[PeftDirectory.ConfigurationFile]))));

        using SequenceClassifier other = TinyModel.Create();
        using AdapterSet deLoRA = AdapterSet.Attach(other.Encoder, new DeLoRAMethod { Rank = 1 });
        Assert.Throws<ArgumentException>(() => PeftDirectory.Save(second.Path, deLoRA, other.Head, configuration: opened.Configuration));
    }

    [Fact]
    public void Options_without_a_form_are_refused_by_name()
    {
        Refused(new DoRAMethod { Rank = 1, TrainMagnitude = false }, "TrainMagnitude");
        Refused(new IA3Method { Bias = BiasTraining.All }, "Bias");
        Refused(new DeLoRAMethod { Rank = 1, WeightScaling = DeLoRAWeightScaling.None }, "WeightScaling", AdapterFormat.Authors);
        Refused(new DeLoRAMethod { Rank = 1, RankPattern = new Dictionary<string, int> { ["value"] = 2 } }, "RankPattern",
            AdapterFormat.Authors);
        Refused(new DeLoRAMethod { Rank = 1, Initialization = DeLoRAInitialization.ZeroB }, "B = 0", AdapterFormat.Authors);
        Refused(_method, "LoRA", AdapterFormat.Authors);
        Refused(new BottleneckMethod { Size = 2 }, "AdapterFormat.Authors");

        static void Refused(AdapterMethod method, string named, AdapterFormat? format = null)
        {
            using var directory = new TemporaryDirectory();
            Assert.Contains(named, Assert.Throws<NotSupportedException>(() => Save(directory.Path, method, format)).Message);
            Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
        }
    }

    [Fact]
    public void A_PiSSA_adapter_is_saved_as_the_LoRA_of_twice_the_rank()
    {
        foreach (bool rankStabilized in new[] { false, true })
        {
            using var directory = new TemporaryDirectory();
            var method = new LoRAMethod
            {
                Rank = 2,
                Alpha = 3,
                RankStabilized = rankStabilized,
                Initialization = LoRAInitialization.PiSSA,
                RankPattern = new Dictionary<string, int> { ["layer.0.attention.self.value"] = 1 },
                AlphaPattern = new Dictionary<string, double> { ["query"] = 5 },
            };
            float[] logits = Save(directory.Path, method);
            using (PeftDirectory opened = PeftDirectory.Open(directory.Path))
            {
                var read = Assert.IsType<LoRAMethod>(opened.Method);
                Assert.Equal((4, LoRAInitialization.Kaiming), (read.Rank, read.Initialization));
            }
            Assert.InRange(Differences.Largest(logits, Reopened(directory.Path, outputs: 3)), 0, 1e-5);
        }
    }

    [Fact]
    public void A_PiSSA_adapter_of_PEFT_lacks_what_follows_from_the_base()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters =
            AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 2, Initialization = LoRAInitialization.PiSSA });
        Disturb(adapters.Parameters);
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory[PeftDirectory.ConfigurationFile], """{"peft_type": "LORA", "r": 2, "init_lora_weights": "pissa"}""");
        WriteTensors(directory, adapters.Tensors().Where(t => !t.Key.Contains("pissa")));
        Assert.InRange(Differences.Largest(TinyModel.Logits(model), Reopened(directory.Path, outputs: null)), 0, 1e-5);
    }

    /// <summary>
    /// Directions that were switched off while AdaLoRA trained, E = 0, are not in PEFT's file; a layer may have none left.
    /// </summary>
    [Fact]
    public void AdaLoRA_is_saved_with_the_directions_that_are_left()
    {
        using var directory = new TemporaryDirectory();
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new AdaLoRAMethod { Rank = 3, TargetRank = 1, Layers = [0] });
        Disturb(adapters.Parameters);
        Tensor[] e = [.. adapters.Adapters.Select(a => Assert.Single(a.Parameters, p => p.Name.EndsWith("lora_E")).Value)];
        using (no_grad())
        using (NewDisposeScope())
        {
            e[0].copy_(tensor(new[] { 0f, 0.5f, 0f }).reshape(3, 1));
            e[1].copy_(zeros(3, 1));
        }
        PeftDirectory.Save(directory.Path, adapters, model.Head);
        float[] logits = TinyModel.Logits(model);
        JsonObject keys = JsonNode.Parse(File.ReadAllText(directory[PeftDirectory.ConfigurationFile]))!.AsObject();
        Assert.Equal(
            """{"roberta.encoder.layer.0.attention.self.query.lora_E":[true,false,false],"roberta.encoder.layer.0.attention.self.value.lora_E":[false,false,false]}""",
            keys["rank_pattern"]!.ToJsonString());
        Assert.Equal((3, 1), (keys["init_r"]!.GetValue<int>(), keys["total_step"]!.GetValue<int>()));
        using (PeftDirectory opened = PeftDirectory.Open(directory.Path))
        {
            const string layer = "base_model.model.roberta.encoder.layer.0.attention.self.";
            Assert.Equal([1, 16], opened.Tensors.Shape(layer + "query.lora_A").ToArray());
            Assert.Equal([16, 0], opened.Tensors.Shape(layer + "value.lora_B").ToArray());
            var read = Assert.IsType<AdaLoRAMethod>(opened.Method);
            Assert.Equal((3, 1, 0), (read.Rank, read.RankPattern.Values.First(), read.RankPattern.Values.Last()));
            using SequenceClassifier other = TinyModel.Create();
            using AdapterSet again = opened.Attach(other.Encoder);
            using var second = new TemporaryDirectory();
            PeftDirectory.Save(second.Path, again, other.Head, configuration: opened.Configuration);
            Assert.Equal(File.ReadAllText(directory[PeftDirectory.ConfigurationFile]),
                File.ReadAllText(second[PeftDirectory.ConfigurationFile]));
            again.Merge();
            Assert.InRange(Differences.Largest(logits, TinyModel.Logits(other)), 0, 1e-5);
        }
        Assert.InRange(Differences.Largest(logits, Reopened(directory.Path, outputs: 3)), 0, 1e-5);
    }

    [Fact]
    public void VeRA_may_leave_its_projections_to_the_seed()
    {
        using var directory = new TemporaryDirectory();
        float[] logits = Save(directory.Path, new VeRAMethod { Rank = 4, ProjectionSeed = 7, SaveProjection = false });
        using (PeftDirectory opened = PeftDirectory.Open(directory.Path))
            Assert.DoesNotContain(opened.Tensors.Names, n => n.StartsWith("base_model.vera_"));
        Assert.Equal(logits, Reopened(directory.Path, outputs: 3));
    }

    [Fact]
    public void Biases_that_PEFT_did_not_save_are_those_of_the_base_model()
    {
        using var directory = new TemporaryDirectory();
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, _method with { Bias = BiasTraining.AdaptedLayers });
        File.WriteAllText(directory[PeftDirectory.ConfigurationFile], """{"peft_type": "LORA", "r": 2, "bias": "lora_only"}""");
        WriteTensors(directory, adapters.Tensors().Where(t => !t.Key.EndsWith(".bias")));
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        Assert.Contains("bias", Assert.Single(opened.Warnings));
        using SequenceClassifier other = TinyModel.Create();
        using AdapterSet loaded = opened.Attach(other.Encoder);
        Assert.Equal(TinyModel.Logits(model), TinyModel.Logits(other));
        Assert.Null(opened.HeadOutputs);
        Assert.Throws<InvalidDataException>(() => opened.LoadHead(other.Head));
    }

    /// <summary>What is replaced in the configuration by what, and what the error names.</summary>
    [Theory]
    [InlineData("\"r\": 2", "\"r\": 3", "lora_A")]
    [InlineData("\"r\": 2", "\"r\": 60000", "rank 60000")]
    [InlineData("\"query\"", "\"q_proj\"", "q_proj")]
    [InlineData("\"query\",", "", "query")]
    [InlineData("\"query\"", "\"query\", \"key\"", "key.lora_A")]
    [InlineData("\"r\": 2", "\"r\": 2, \"layers_to_transform\": 7", "layers_to_transform")]
    [InlineData("\"r\": 2", "\"r\": 2, \"lora_dropout\": 1.5", "1.5")]
    [InlineData("\"r\": 2", "\"r\": 2, \"exclude_modules\": \"(([a-z.0-9_]+)+)+!\"", "does not fit the encoder")]
    public void A_configuration_that_does_not_fit_is_refused_and_leaves_the_encoder_alone(string replaced, string replacement, string named)
    {
        using var directory = new TemporaryDirectory();
        Save(directory.Path, _method);
        string file = directory[PeftDirectory.ConfigurationFile];
        string text = File.ReadAllText(file);
        Assert.Contains(replaced, text);
        File.WriteAllText(file, text.Replace(replaced, replacement));
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        using SequenceClassifier model = TinyModel.Create();
        string message = Assert.Throws<InvalidDataException>(() => opened.Attach(model.Encoder)).Message;
        Assert.Contains(named, message);
        Assert.Contains(directory.Path, message);
        Assert.All(model.Encoder.Linears, l => Assert.Null(l.Adapter));
    }

    [Fact]
    public void Files_that_are_missing_or_too_large_are_named()
    {
        using var directory = new TemporaryDirectory();
        Assert.Throws<DirectoryNotFoundException>(() => PeftDirectory.Open(directory["absent"]));
        Assert.Contains(PeftDirectory.ConfigurationFile,
            Assert.Throws<FileNotFoundException>(() => PeftDirectory.Open(directory.Path)).Message);
        File.WriteAllText(directory[PeftDirectory.ConfigurationFile], """{"peft_type": "LORA"}""");
        File.WriteAllText(directory["adapter_model.bin"], "");
        string message = Assert.Throws<FileNotFoundException>(() => PeftDirectory.Open(directory.Path)).Message;
        Assert.Contains(PeftDirectory.TensorsFile, message);
        Assert.Contains("pickle", message);
        using (FileStream large = File.OpenWrite(directory[PeftDirectory.ConfigurationFile]))
            large.SetLength(1L << 32);
        Assert.Contains("bytes", Assert.Throws<InvalidDataException>(() => PeftDirectory.Open(directory.Path)).Message);
    }

    // Trains in pretence, saves, and gives the logits.
    private static float[] Save(string path, AdapterMethod method, AdapterFormat? format = null, long seed = 0)
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, method, seed);
        Disturb(adapters.Parameters.Concat(model.Head.Parameters));
        PeftDirectory.Save(path, adapters, model.Head, "roberta-base", format: format);
        return TinyModel.Logits(model);
    }

    // PEFT has no such method, or not that option of it.
    private static bool HasNoForm(string name) => AdapterMethodTable.Get(name)
        is MultiplicativeDeLoRAMethod or ETHERMethod or ETHERPlusMethod or REDMethod or BitFitMethod or FullFineTuningMethod or LoReFTMethod
        or BottleneckMethod or DoRAMethod { TrainMagnitude: false } or IA3Method { Bias: not BiasTraining.None };

    private static float[] Reopened(string path, int? outputs)
    {
        using SequenceClassifier model = TinyModel.Create();
        using PeftDirectory opened = PeftDirectory.Open(path);
        Assert.Equal(outputs, opened.HeadOutputs);
        using AdapterSet adapters = opened.Attach(model.Encoder);
        if (outputs is not null)
            opened.LoadHead(model.Head);
        return TinyModel.Logits(model);
    }

    private static void WriteTensors(TemporaryDirectory directory, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var writer = new SafeTensorsWriter();
        foreach ((string name, Tensor value) in tensors)
            writer.Add(name, value);
        writer.Save(directory[PeftDirectory.TensorsFile]);
    }

    private static void Disturb(IEnumerable<ModelParameter> parameters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(17);
        foreach (ModelParameter parameter in parameters)
            parameter.Value.AddInPlace(empty(parameter.Value.shape).normal_(0, 0.2, generator).to(parameter.Value.device));
    }
}
