using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Peft;

/// <summary>PEFT's ways to name modules and this library's, into each other.</summary>
public class PeftPatternsTests
{
    private const string Query0 = "encoder.layer.0.attention.self.query";
    private const string Query1 = "encoder.layer.1.attention.self.query";

    /// <summary>PEFT matches a text against the whole name, which starts with roberta.</summary>
    [Theory]
    [InlineData("""["query"]""", new[] { Query0, Query1 })]
    [InlineData("""["roberta.encoder.layer.1.attention.self.query"]""", new[] { Query1 })]
    [InlineData("""["encoder.layer.1.attention.self.query", "layer.0.attention.self.query"]""", new[] { Query0, Query1 })]
    [InlineData(@""".*query""", new[] { Query0, Query1 })]
    [InlineData(@"""(query|.*\\.0\\.attention\\.self\\.query)""", new[] { Query0 })]
    [InlineData(@""".*query|.*value|key""", new[] { Query0, Query1 }, "value")]
    [InlineData(@"""roberta\\.encoder\\.layer\\.1.*query""", new[] { Query1 })]
    [InlineData(@"""(?!.*layer\\.0).*query""", new[] { Query1 })]
    public void Targets_mean_the_same_here(string peft, string[] expected, string? ignored = null)
    {
        AdapterMethod method = Read($$"""{"peft_type": "LORA", "target_modules": {{peft}}}""");
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, method);
        Assert.Equal(expected, adapters.Adapters.Select(a => a.Module).Where(m => ignored is null || !m.EndsWith(ignored)));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(peft), Written(method)["target_modules"]), "It is not written as it was read.");
    }

    [Fact]
    public void All_linear_means_every_linear_layer_of_the_encoder()
    {
        // DeLoRA is younger in PEFT than both keys; for LoRA see PeftVersionsTests.
        AdapterMethod method = Read(
            """{"peft_type": "DELORA", "target_modules": "All-Linear", "exclude_modules": ".*layer.1.*|classifier.*"}""");
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, method);
        Assert.Equal(model.Encoder.Linears.Select(l => l.Name).Where(n => n.Contains("layer.0")), adapters.Adapters.Select(a => a.Module));
        JsonObject keys = Written(method);
        Assert.Equal("all-linear", keys["target_modules"]!.GetValue<string>());
        Assert.Equal(".*layer.1.*|classifier.*", keys["exclude_modules"]!.GetValue<string>());
    }

    /// <summary>A key of a table is a regular expression for the end of the name; the first that matches counts.</summary>
    [Theory]
    [InlineData("query", 2, 2)]
    [InlineData("layer.0.attention.self.query", 2, 8)]
    [InlineData("(self|other).query", 2, 2)]
    [InlineData("uery", 8, 8)]
    [InlineData(".*uery", 2, 2)]
    [InlineData(@"^roberta.encoder.layer.1.attention.self.query", 8, 2)]
    [InlineData("^encoder.layer.1.attention.self.query", 8, 8)]
    [InlineData(@"layer\.[1-9]\..*", 8, 2)]
    public void Keys_of_tables_mean_the_same_here(string peft, int first, int second)
    {
        var configuration = new JsonObject
        {
            ["peft_type"] = "LORA", ["r"] = 8, ["target_modules"] = new JsonArray("query"),
            ["rank_pattern"] = new JsonObject { [peft] = 2, [".*"] = 8 },
        };
        AdapterMethod method = Read(configuration.ToJsonString());
        using SequenceClassifier model = TinyModel.Create();
        AdapterMethod placed = PeftConfiguration.Parse(configuration.ToJsonString()).On(model.Encoder).Method;
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, placed);
        Assert.Equal([first, second], adapters.Adapters.Select(a => (int)a.Parameters[0].Value.shape[0]));
        Assert.True(JsonNode.DeepEquals(configuration["rank_pattern"], Written(method)["rank_pattern"]),
            "It is not written as it was read.");
    }

    [Fact]
    public void What_PEFT_cannot_say_is_written_module_by_module()
    {
        var method = new LoRAMethod
        {
            Rank = 4,
            TargetModules = [@"^encoder\.layer\.\d\.attention\.self\.(query|key)$", "value"],
            ExcludeModules = ["key"],
            Layers = [1],
            RankPattern = new Dictionary<string, int> { [@"^.*value$"] = 2, ["query"] = 4 },
            ModulesToSave = [@"^embeddings\.Layer"],
        };
        JsonObject keys = Written(method);
        Assert.Equal("""["encoder.layer.1.attention.self.query","encoder.layer.1.attention.self.value"]""",
            keys["target_modules"]!.ToJsonString());
        Assert.Equal("""{"encoder.layer.1.attention.self.value":2}""", keys["rank_pattern"]!.ToJsonString());
        Assert.Equal("""["classifier","score","embeddings.LayerNorm"]""", keys["modules_to_save"]!.ToJsonString());
        Assert.Null(keys["exclude_modules"]);
        Assert.Null(keys["layers_to_transform"]);
    }

    [Fact]
    public void A_list_of_names_is_written_with_its_exclusions_and_layers()
    {
        JsonObject keys = Written(new DeLoRAMethod
        {
            Initialization = DeLoRAInitialization.ZeroB,
            TargetModules = ["dense"],
            ExcludeModules = ["intermediate.dense"],
            Layers = [0, 1],
        });
        Assert.Equal("""["dense"]""", keys["target_modules"]!.ToJsonString());
        Assert.Equal("""["intermediate.dense"]""", keys["exclude_modules"]!.ToJsonString());
        Assert.Equal("[0,1]", keys["layers_to_transform"]!.ToJsonString());
    }

    [Fact]
    public void Numbers_of_layers_beside_all_linear_become_names()
        => Assert.Equal(6,
            Written(new LoRAMethod { TargetModules = [ModulePattern.AllLinear], Layers = [1] })["target_modules"]!.AsArray().Count);

    /// <summary>A regular expression of Python, the modules' names that it is for, and what both languages see in it.</summary>
    [Theory]
    [InlineData(@"(?P<prefix>.*)\.layer\.(?P<n>\d)\.attention\.self\.(query|value)", Query1, true)]
    [InlineData(@"(?P<prefix>.*)\.layer\.(?P<n>\d)\.attention\.self\.(key|value)", Query1, false)]
    [InlineData(@".*(?P<a>e)ncod(?P=a)r.*query", Query0, true)]
    [InlineData(@".*(?P<a>n)cod(?P=a)r.*query", Query0, false)]
    // Python numbers groups in order; .NET would take (q) for the first.
    [InlineData(@".*(?P<l>l)a(y)er\.1.*se\1f\.query", Query1, true)]
    [InlineData(@".*(?P<l>l)a(y)er\.1.*se\2f\.query", Query1, false)]
    [InlineData(@".*layer\.(?P<first>0)?.*(?(first)query|value)", Query0, true)]
    [InlineData(@"(?i).*QUERY", Query0, true)]
    [InlineData(@"(?a:.*query)\Z", Query0, true)]
    [InlineData(@"(?u).*qu{,1}ery", Query0, true)]
    [InlineData(@"(?ui).*QU{,1}ERY", Query0, true)]
    [InlineData(@".*[a-z-[q]uery", Query0, true)]
    [InlineData(@".*\(?query", Query0, true)]
    public void Expressions_of_Python_mean_the_same(string python, string module, bool matches)
    {
        string key = JsonValue.Create(python)!.ToJsonString();
        var targeted = (LinearAdapterMethod)Read($$"""{"peft_type": "LORA", "target_modules": {{key}}, "rank_pattern": { {{key}}: 2 } }""");
        Assert.Equal(matches, ModulePattern.Matches(targeted.TargetModules[0], module));
        Assert.Equal(matches, ModulePattern.Matches(((LoRAMethod)targeted).RankPattern.Keys.Single(), module));
    }

    [Fact]
    public void An_expression_that_is_written_again_is_one_of_Python()
    {
        AdapterMethod method = Read("""{"peft_type": "LORA", "target_modules": ".*(?P<l>l)ay(?P=l)?er.*query"}""");
        Assert.Equal(@".*(l)ay(?:\1)?er.*query", Written(method)["target_modules"]!.GetValue<string>());
    }

    [Fact]
    public void Feed_forward_modules_of_IA3_are_among_its_targets()
    {
        JsonObject keys = Written(new IA3Method { TargetModules = ["dense"], FeedForwardModules = ["output.dense"], Layers = [0] });
        string[] targets = [.. keys["target_modules"]!.AsArray().Select(t => t!.GetValue<string>())];
        Assert.Equal(["encoder.layer.0.attention.output.dense", "encoder.layer.0.intermediate.dense", "encoder.layer.0.output.dense"],
            targets);
        Assert.Equal([targets[0], targets[2]], keys["feedforward_modules"]!.AsArray().Select(t => t!.GetValue<string>()));
    }

    private static AdapterMethod Read(string json) => PeftConfiguration.Parse(json).Method;

    private static JsonObject Written(AdapterMethod method)
    {
        using SequenceClassifier model = TinyModel.Create();
        return PeftConfiguration.Create(method, model.Encoder, null);
    }
}
