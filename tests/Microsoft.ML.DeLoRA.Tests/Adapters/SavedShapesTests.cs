using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>What a file's options ask for is compared with the tensors in it before anything is made.</summary>
public class SavedShapesTests
{
    public static TheoryData<string> Methods => AdapterMethodTable.Names;

    /// <summary>
    /// A method, a key of its PEFT configuration, the value that a file claims, and the tensor that is then of another shape.
    /// </summary>
    public static TheoryData<string, string, string, string> Claims => new()
    {
        { "Bottleneck", "bottleneck_size", "65536", "adapter_down.weight" },
        { "Bottleneck, parallel", "bottleneck_size", "65536", "adapter_down.weight" },
        { "VeRA", "r", "65536", "vera_lambda_d" },
        { "LoRA", "r", "16", "lora_A.weight" },
        { "LoRA", "rank_pattern", """{"value": 16}""", "value.lora_A.weight" },
        { "DeLoRA, B = 0", "r", "16", "delora_A" },
        { "DoRA", "r", "16", "lora_A.weight" },
        { "HRA", "r", "16", "hra_u" },
        { "OFT", "oft_block_size", "16", "oft_R.weight" },
        { "BOFT", "boft_block_size", "16", "boft_R" },
        { "BOFT", "boft_n_butterfly_factor", "2", "boft_R" },
        { "IA3", "feedforward_modules", """["key", "value", "output.dense"]""", "key.ia3_l" },
        { "LoRA", "target_modules", "\"all-linear\"", "key.lora_A.weight" },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void Each_method_says_beforehand_what_it_saves(string name)
    {
        using SequenceClassifier model = TinyModel.Create();
        AdapterMethod method = AdapterMethodTable.Get(name);
        Dictionary<string, string> said = method.ShapesFor(model.Encoder).ToDictionary(s => s.Name, s => string.Join(", ", s.Shape));
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, method);
        HashSet<string> own = [.. adapters.Adapters.SelectMany(a => a.Parameters.Concat(a.Buffers))
            .Select(p => AdapterNames.Of(EncoderFamilies.Default, p.Name))
            .Concat(adapters.SharedBuffers.Select(b => b.Name))];
        Assert.Equal(
            adapters.Tensors().Where(t => own.Contains(t.Key)).Select(t => (t.Key, string.Join(", ", t.Value.shape))).Order(),
            said.Select(s => (s.Key, s.Value)).Order());
    }

    [Theory]
    [MemberData(nameof(Claims))]
    public void A_claim_that_the_tensors_do_not_bear_out_is_refused_by_the_tensors_name(string name, string key, string value,
        string tensor)
    {
        using SequenceClassifier model = TinyModel.Create();
        using var directory = new TemporaryDirectory();
        using (AdapterSet adapters = AdapterSet.Attach(model.Encoder, AdapterMethodTable.Get(name)))
            PeftDirectory.Save(directory.Path, adapters, model.Head,
                format: adapters.Method is BottleneckMethod ? AdapterFormat.Authors : null);
        string file = directory[PeftDirectory.ConfigurationFile];
        var keys = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        keys[key] = System.Text.Json.Nodes.JsonNode.Parse(value);
        File.WriteAllText(file, keys.ToJsonString());
        using PeftDirectory opened = PeftDirectory.Open(directory.Path);
        string message = Assert.Throws<InvalidDataException>(() => opened.Attach(model.Encoder)).Message;
        Assert.Contains(tensor, message);
    }

    [Fact]
    public void Nothing_is_made_for_options_that_the_tensors_do_not_bear_out()
    {
        using SequenceClassifier model = TinyModel.Create();
        var writer = new SafeTensorsWriter();
        foreach (int layer in new[] { 0, 1 })
            writer.Add($"base_model.model.roberta.encoder.layer.{layer}.attention.self.query.huge", new float[6], 2, 3);
        using var stream = new MemoryStream();
        writer.Write(stream);
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(stream.ToArray(), "file");
        SavedShapes.Require(model.Encoder, new Greedy { Size = 2 }, file);
        string message = Assert.Throws<InvalidDataException>(() => SavedShapes.Require(model.Encoder, new Greedy { Size = long.MaxValue },
            file)).Message;
        Assert.Contains("[2, 3]; expected is [9223372036854775807, 3]", message);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(10_000_000)]
    public void A_projection_that_no_file_need_hold_is_limited(int rank)
    {
        using SequenceClassifier model = TinyModel.Create();
        var method = new VeRAMethod { Rank = rank, SaveProjection = false };
        Assert.Contains("67,108,864", Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, method)).Message);
    }

    [Fact]
    public void A_series_that_never_ends_is_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        var method = new OFTMethod { BlockSize = 4, CayleyNeumannTerms = int.MaxValue };
        Assert.Contains("at least 2 and at most 100",
            Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, method)).Message);
    }

    [Theory]
    [InlineData("""{"name": "Bottleneck", "size": 20000000}""")]
    [InlineData("""{"name": "VeRA", "rank": 2147483647, "save_projection": false}""")]
    [InlineData("""{"name": "VeRA", "rank": 2147483647}""")]
    [InlineData("""{"name": "LoReFT", "rank": 16}""")]
    public void The_options_of_a_saved_model_likewise(string json)
    {
        using SequenceClassifier model = TinyModel.Create();
        AdapterMethod method = AdapterMethodJson.Read(System.Text.Encoding.UTF8.GetBytes(json));
        using SafeTensorsFile nothing = SafeTensorsFile.FromBytes(Weights.HostileSafeTensors.File("{}", 0), "file");
        Exception error = Assert.ThrowsAny<Exception>(() => SavedShapes.Require(model.Encoder, method, nothing));
        Assert.True(error is InvalidDataException or ArgumentException, $"{error}");
    }

    private sealed record Greedy : LinearAdapterMethod
    {
        public Greedy() => TargetModules = ["query"];

        public override string Name => "Greedy";

        public long Size { get; init; }

        protected internal override void Check(AdaptableLinear layer)
        {
        }

        protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer) => [("huge", [Size, 3])];

        protected internal override LinearAdapter Create(AdaptableLinear layer, torch.Generator generator)
            => throw new InvalidOperationException("It was made.");
    }
}
