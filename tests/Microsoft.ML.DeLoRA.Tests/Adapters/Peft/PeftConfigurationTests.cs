using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters.Peft;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Peft;

/// <summary>What a configuration may say, and what is answered when it must not.</summary>
public class PeftConfigurationTests
{
    [Fact]
    public void What_is_absent_has_the_values_of_PEFT()
    {
        var method = Assert.IsType<DeLoRAMethod>(PeftConfiguration.Parse("""{"peft_type": "DELORA"}""").Method);
        Assert.Equal((8, 15.0, 0.0, DeLoRAInitialization.ZeroB), (method.Rank, method.Lambda, method.Dropout, method.Initialization));
        Assert.Equal(["query", "value"], method.TargetModules);
        Assert.Equal(BiasTraining.None, method.Bias);
        Assert.Null(method.Layers);
    }

    [Fact]
    public void Every_option_arrives()
    {
        PeftConfiguration configuration = PeftConfiguration.Parse("""
            {
              "peft_type": "LORA", "r": 3, "lora_alpha": 5.5, "lora_dropout": 0.25, "use_rslora": true, "init_lora_weights": "gaussian",
              "target_modules": ["query", "output.dense"], "exclude_modules": ["attention.output.dense", "classifier"], "layers_to_transform": 1,
              "layers_pattern": "layer", "bias": "lora_only", "modules_to_save": ["classifier", "score", "embeddings.LayerNorm"],
              "rank_pattern": {"layer.1.attention.self.query": 2}, "alpha_pattern": {"query": 1e1}, "base_model_name_or_path": "roberta-base"
            }
            """);
        var method = Assert.IsType<LoRAMethod>(configuration.Method);
        Assert.Equal((3, 5.5, 0.25), (method.Rank, method.Alpha, method.Dropout));
        Assert.Equal((true, LoRAInitialization.Gaussian), (method.RankStabilized, method.Initialization));
        Assert.Equal(["query", "output.dense"], method.TargetModules);
        Assert.Equal(["attention.output.dense"], method.ExcludeModules);
        Assert.Equal([1], method.Layers!);
        Assert.Equal(BiasTraining.AdaptedLayers, method.Bias);
        Assert.Equal(["embeddings.LayerNorm"], method.ModulesToSave);
        Assert.Equal(2, method.RankPattern["layer.1.attention.self.query"]);
        Assert.Equal(10, method.AlphaPattern["query"]);
        Assert.Equal("roberta-base", configuration.BaseModelName);
        Assert.Equal("LORA", configuration.PeftType);
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void The_start_of_EVA_has_its_own_settings()
    {
        var method = Assert.IsType<LoRAMethod>(PeftConfiguration.Parse(
            """{"peft_type": "LORA", "init_lora_weights": "EVA", "eva_config": {"rho": 1.5, "whiten": false}}""").Method);
        Assert.Equal((LoRAInitialization.Eva, 1.5, 0.99), (method.Initialization, method.Rho, method.Tau));
        method = Assert.IsType<LoRAMethod>(PeftConfiguration.Parse("""{"peft_type": "LORA", "init_lora_weights": "eva"}""").Method);
        Assert.Equal((LoRAInitialization.Eva, 2, 0.99), (method.Initialization, method.Rho, method.Tau));
    }

    [Fact]
    public void The_authors_format_is_told_by_its_keys()
    {
        var method =
            Assert.IsType<DeLoRAMethod>(PeftConfiguration.Parse("""{"peft_type": "DELORA", "delora_dropout": 0.1, "r": 2}""").Method);
        Assert.Equal((2, 0.1, DeLoRAInitialization.FrozenCopy), (method.Rank, method.Dropout, method.Initialization));
    }

    [Fact]
    public void Unknown_settings_are_kept_and_named_in_warnings()
    {
        PeftConfiguration configuration = PeftConfiguration.Parse(
            """{"peft_type": "HRA", "from_the_future": {"é": [1.50, "\ud83d\ude00"]}, "task_type": "CAUSAL_LM"}""", "there");
        Assert.Equal(2, configuration.Warnings.Count);
        Assert.Contains("there: the setting 'from_the_future'", configuration.Warnings[0]);
        Assert.Contains("CAUSAL_LM", configuration.Warnings[1]);
        Assert.Equal(
            """
            {
              "from_the_future": {
                "\u00e9": [
                  1.50,
                  "\ud83d\ude00"
                ]
              },
              "peft_type": "HRA",
              "task_type": "CAUSAL_LM"
            }
            """,
            configuration.ToJson());
    }

    [Theory]
    [InlineData("LORA", "\"use_qalora\": true")]
    [InlineData("LORA", "\"layer_replication\": [[0, 2]]")]
    [InlineData("LORA", "\"megatron_config\": {\"a\": 1}")]
    [InlineData("LORA", "\"trainable_token_indices\": [1]")]
    [InlineData("LORA", "\"target_parameters\": [\"x\"]")]
    [InlineData("LORA", "\"init_lora_weights\": \"pissa_niter_16\"")]
    [InlineData("LORA", "\"init_lora_weights\": \"corda\"")]
    [InlineData("LORA", "\"init_lora_weights\": \"loftq\", \"loftq_config\": {\"loftq_bits\": 4}", "path_initial_model")]
    [InlineData("LORA", "\"init_lora_weights\": \"lora_ga\"")]
    [InlineData("LORA", "\"use_dora\": true, \"init_lora_weights\": \"olora\"", "init_lora_weights")]
    [InlineData("LORA", "\"use_dora\": true, \"lora_bias\": true", "lora_bias")]
    [InlineData("LORA", "\"kasa_config\": {\"beta\": 0.1}")]
    [InlineData("LORA", "\"layers_to_transform\": [1], \"layers_pattern\": \"blocks\"", "layers_pattern")]
    [InlineData("LORA", "\"use_dora\": true, \"init_lora_weights\": \"pissa\"", "init_lora_weights")]
    [InlineData("OFT", "\"coft\": true")]
    [InlineData("OFT", "\"module_dropout\": 0.1")]
    [InlineData("OFT", "\"r\": 8")]
    [InlineData("BOFT", "\"boft_dropout\": 0.1")]
    [InlineData("BOFT", "\"boft_block_num\": 4")]
    [InlineData("IA3", "\"bias\": \"all\"")]
    [InlineData("BOTTLENECK", "\"bias\": \"all\"")]
    [InlineData("DELORA", "\"Wdecompose_target_modules\": [\"query\"]")]
    [InlineData("ADALORA", "\"loftq_config\": {\"loftq_bits\": 4}", "loftq_config")]
    [InlineData("ADAMSS", "\"r\": 8", "ADAMSS")]
    public void A_setting_that_is_not_supported_is_refused_by_name(string type, string setting, string? named = null)
    {
        string json = $$"""{"peft_type": "{{type}}", {{setting}}}""";
        string message = Assert.Throws<NotSupportedException>(() => PeftConfiguration.Parse(json, "there")).Message;
        Assert.Contains(named ?? setting.Split('"')[1], message);
        Assert.StartsWith("there: ", message);
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("null", "JSON")]
    [InlineData("[]", "JSON")]
    [InlineData("{", "JSON")]
    [InlineData("{}", "peft_type")]
    [InlineData("""{"peft_type": null}""", "peft_type")]
    [InlineData("""{"peft_type": 3}""", "peft_type")]
    [InlineData("""{"peft_type": "LORA", "peft_type": "OFT"}""", "peft_type")]
    [InlineData("""{"peft_type": "LORA", "r": NaN}""", "JSON")]
    [InlineData("""{"peft_type": "LORA", "r": 0}""", "'r' is 0")]
    [InlineData("""{"peft_type": "LORA", "r": -4}""", "'r'")]
    [InlineData("""{"peft_type": "LORA", "r": 2000000000}""", "'r'")]
    [InlineData("""{"peft_type": "LORA", "r": 1e99}""", "'r'")]
    [InlineData("""{"peft_type": "LORA", "r": 4.5}""", "'r'")]
    [InlineData("""{"peft_type": "LORA", "r": "4"}""", "'r'")]
    [InlineData("""{"peft_type": "LORA", "r": null}""", "'r'")]
    [InlineData("""{"peft_type": "LORA", "lora_alpha": 1e999}""", "lora_alpha")]
    [InlineData("""{"peft_type": "LORA", "lora_alpha": [8]}""", "lora_alpha")]
    [InlineData("""{"peft_type": "LORA", "use_rslora": 1}""", "use_rslora")]
    [InlineData("""{"peft_type": "LORA", "use_dora": "yes"}""", "use_dora")]
    [InlineData("""{"peft_type": "LORA", "bias": "delora_only"}""", "'lora_only'")]
    [InlineData("""{"peft_type": "LORA", "bias": {}}""", "bias")]
    [InlineData("""{"peft_type": "LORA", "init_lora_weights": "eva", "eva_config": 2}""", "eva_config")]
    [InlineData("""{"peft_type": "LORA", "init_lora_weights": "eva", "eva_config": {"rho": "2"}}""", "eva_config")]
    [InlineData("""{"peft_type": "LORA", "init_lora_weights": "eva", "eva_config": {"tau": 1e999}}""", "eva_config")]
    [InlineData("""{"peft_type": "LORA", "target_modules": 7}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": [7]}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": [null]}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": [""]}""", "target_modules")]
    [InlineData("""{"peft_type": "LORA", "target_modules": ["^.*query"]}""", "'^.*query'")]
    [InlineData("""{"peft_type": "LORA", "target_modules": "(((("}""", "regular expression")]
    [InlineData("""{"peft_type": "LORA", "target_modules": "a)|(b"}""", "regular expression")]
    [InlineData("""{"peft_type": "LORA", "exclude_modules": {}}""", "exclude_modules")]
    [InlineData("""{"peft_type": "LORA", "layers_to_transform": "1"}""", "layers_to_transform")]
    [InlineData("""{"peft_type": "LORA", "layers_to_transform": [-1]}""", "layers_to_transform")]
    [InlineData("""{"peft_type": "LORA", "layers_to_transform": [1], "target_modules": "all-linear"}""", "layers_to_transform")]
    [InlineData("""{"peft_type": "LORA", "rank_pattern": [1]}""", "rank_pattern")]
    [InlineData("""{"peft_type": "LORA", "rank_pattern": {"query": 0}}""", "rank_pattern")]
    [InlineData("""{"peft_type": "LORA", "rank_pattern": {"query": 2.5}}""", "rank_pattern")]
    [InlineData("""{"peft_type": "LORA", "rank_pattern": {"(": 2}}""", "rank_pattern")]
    [InlineData("""{"peft_type": "LORA", "alpha_pattern": {"query": "8"}}""", "alpha_pattern")]
    [InlineData("""{"peft_type": "LORA", "modules_to_save": "classifier"}""", "modules_to_save")]
    [InlineData("""{"peft_type": "LORA", "base_model_name_or_path": ["../../etc/passwd"]}""", "base_model_name_or_path")]
    [InlineData("""{"peft_type": "LORA", "unknown": "\ud800"}""", "JSON")]
    [InlineData("""{"peft_type": "LORA", "\ud800": 1}""", "JSON")]
    [InlineData("""{"peft_type": "ADALORA", "tinit": -1}""", "'tinit' is -1")]
    [InlineData("""{"peft_type": "ADALORA", "rank_pattern": {"query.lora_E": [true]}}""", "rank_pattern")]
    [InlineData("""{"peft_type": "ADALORA", "init_r": 1, "rank_pattern": {"query.lora_E": [1]}}""", "rank_pattern")]
    [InlineData("""{"peft_type": "ADALORA", "init_r": 1, "rank_pattern": {"query": [true]}}""", "rank_pattern")]
    [InlineData("""{"peft_type": "ADALORA", "init_r": 1, "rank_pattern": [true]}""", "rank_pattern")]
    [InlineData("""{"peft_type": "BOTTLENECK", "non_linearity": "System.Object"}""", "'tanh'")]
    public void What_cannot_be_is_refused_with_its_name(string json, string named)
    {
        string message = Assert.Throws<InvalidDataException>(() => PeftConfiguration.Parse(json, "there")).Message;
        Assert.Contains(named, message);
        Assert.StartsWith("there", message);
    }

    [Fact]
    public void What_would_take_for_ever_is_refused()
    {
        Refused("\"x\": " + new string('[', 500_000), "JSON");
        Refused($"\"target_modules\": \"{new string('(', 500_000)}\"}}", "target_modules");
        Refused($"\"rank_pattern\": {{{string.Join(",", Enumerable.Range(0, 10_000).Select(i => $"\"({i})\": 1"))}}}}}", "rank_pattern");

        static void Refused(string rest, string named)
            => Assert.Contains(named,
                Assert.Throws<InvalidDataException>(() => PeftConfiguration.Parse("{\"peft_type\": \"LORA\", " + rest)).Message);
    }

    /// <summary>A row of the table that names what the method does not have would change nothing silently.</summary>
    [Fact]
    public void A_row_with_an_option_that_the_method_has_not_is_refused()
    {
        PeftFormat Format(string row) => new("HRA", since: 12, new HRAMethod(), null, row);
        Assert.Equal("gram_schmidt", Assert.Single(Format("apply_GS false gram_schmidt").Settings, s => s.Key == "apply_GS").Option);
        Assert.Contains("'gramschmidt'", Assert.Throws<ArgumentException>(() => Format("apply_GS false gramschmidt")).Message);
    }

    [Theory]
    [InlineData(0, "0.0")]
    [InlineData(4, "4.0")]
    [InlineData(-0.5, "-0.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(6e-5, "6e-05")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(1e-100, "1e-100")]
    [InlineData(123456.789, "123456.789")]
    public void Numbers_are_written_as_Python_does(double value, string text)
        => Assert.Equal($"{{\n  \"x\": {text}\n}}", PythonJson.Write(new JsonObject { ["x"] = PythonJson.Float(value) }));

    [Fact]
    public void Texts_and_empty_lists_are_written_as_Python_does()
        => Assert.Equal(
            "{\n  \"B\": {},\n  \"a\": [],\n  \"b\": \"\\\"\\\\/\\n\\u007f\\u00fc'<\"\n}",
            PythonJson.Write(new JsonObject { ["b"] = "\"\\/\n\u007fü'<", ["a"] = new JsonArray(), ["B"] = new JsonObject() }));
}
