using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Peft;

/// <summary>What is written is read by every version of PEFT that has the method, from 0.6 on.</summary>
public class PeftVersionsTests
{
    public static TheoryData<string> Methods => [.. PeftDirectoryTests.MethodsOfPeft];

    /// <summary>A key that the first version does not know is there only to say what cannot be said without it.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public void A_configuration_has_no_key_that_an_older_PEFT_refuses(string name)
    {
        string[] unavoidable = AdapterMethodTable.Get(name) switch
        {
            LoRAMethod { RankStabilized: true } => ["use_rslora"],
            LoRAMethod { OutputBias: true } => ["lora_bias"],
            LoRAMethod { Initialization: LoRAInitialization.Eva } => ["eva_config"],
            DoRAMethod => ["use_dora"],
            _ => [],
        };
        JsonObject keys = Written(AdapterMethodTable.Get(name), "roberta-base");
        string type = keys["peft_type"]!.GetValue<string>();
        Assert.Equal(unavoidable, keys.Select(k => k.Key).Where(k => !PeftVersions.IsOfFirst(type, k)));
        Assert.Equal("SEQ_CLS", keys["task_type"]!.GetValue<string>());
        Assert.Equal("roberta-base", keys["base_model_name_or_path"]!.GetValue<string>());
        // The numbers that programs read which know no defaults, and nothing else that says no more than its absence.
        string[] always =
            ["peft_type", "task_type", "base_model_name_or_path", "inference_mode", "target_modules", "modules_to_save", "r", "lora_alpha",
            "init_r", "delora_lambda", "feedforward_modules", "boft_block_size", "boft_n_butterfly_factor", "oft_block_size"];
        Assert.DoesNotContain(keys, k => !always.Contains(k.Key) && PeftVersions.IsDefault(type, k.Key, k.Value));
    }

    /// <summary>exclude_modules came in 0.14 and all-linear in 0.8; LoRA is older.</summary>
    [Fact]
    public void What_is_newer_than_the_method_is_written_module_by_module()
    {
        JsonObject keys = Written(new LoRAMethod { TargetModules = ["query", "value"], ExcludeModules = ["layer.0.attention.self.value"] });
        Assert.Equal(["encoder.layer.0.attention.self.query", "encoder.layer.1.attention.self.query",
            "encoder.layer.1.attention.self.value"], Targets(keys));
        Assert.False(keys.ContainsKey("exclude_modules"));
        Assert.Equal(12, Targets(Written(new LoRAMethod { TargetModules = ["all-linear"] })).Length);
        Assert.Equal("all-linear", Written(new DoRAMethod { TargetModules = ["all-linear"] })["target_modules"]!.GetValue<string>());
    }

    /// <summary>The whole text, as a reader of an old version sees it.</summary>
    [Fact]
    public void A_LoRA_configuration_is_short()
        => Assert.Equal("""
            {
              "base_model_name_or_path": "roberta-base",
              "inference_mode": true,
              "lora_alpha": 8,
              "lora_dropout": 0.1,
              "modules_to_save": [
                "classifier",
                "score"
              ],
              "peft_type": "LORA",
              "r": 8,
              "target_modules": [
                "query",
                "value"
              ],
              "task_type": "SEQ_CLS"
            }
            """, PythonJson.Write(Written(new LoRAMethod { Dropout = 0.1 }, "roberta-base")));

    private static string[] Targets(JsonObject keys) => [.. keys["target_modules"]!.AsArray().Select(t => t!.GetValue<string>())];

    private static JsonObject Written(AdapterMethod method, string? baseModelName = null)
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, method);
        using IDisposable noGrad = TorchSharp.torch.no_grad();
        using var scope = TorchSharp.torch.NewDisposeScope();
        return PeftConfiguration.Create(PeftFormats.Export(adapters, AdapterFormat.Peft).Method, model.Encoder, baseModelName);
    }
}
