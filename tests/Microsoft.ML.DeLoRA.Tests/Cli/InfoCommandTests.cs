using System.Text.Json;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Tests.MLNet;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary><c>delora info</c> and <c>delora methods</c>.</summary>
[Collection("console")]
public class InfoCommandTests
{
    [Fact]
    public void A_model_file_says_what_it_is()
    {
        JsonElement json = Info(TrainedModel.Classes);
        Assert.Equal("classification", json.GetProperty("task").GetString());
        Assert.Equal(Toy.Classes, json.GetProperty("labels").EnumerateArray().Select(l => l.GetString()));
        Assert.Equal(new FileInfo(TrainedModel.Classes).Length, json.GetProperty("file_size").GetInt64());
        Assert.Equal(TinyBase.Directory, json.GetProperty("base").GetString());
        Assert.Equal("DeLoRA", json.GetProperty("method").GetString());
        Assert.Equal(2, json.GetProperty("method_options").GetProperty("rank").GetInt32());
        Assert.Equal(TinyBase.Configuration.HiddenSize, json.GetProperty("architecture").GetProperty("hidden_size").GetInt32());
        // Two layers, query and value: 2 (32 + 32) + 1 each; the head 32 * 32 + 32 and 3 * 32 + 3.
        Assert.Equal(4 * 129 + 1056 + 99, json.GetProperty("parameters").GetProperty("trained").GetInt64());
        Assert.Equal("review", json.GetProperty("columns").GetProperty("text").GetString());
        Assert.Equal("mood", json.GetProperty("columns").GetProperty("label").GetString());
        Assert.Equal(";", json.GetProperty("columns").GetProperty("separator").GetString());
        Assert.Equal(4, json.GetProperty("training").GetProperty("epochs").GetInt32());
        Assert.Equal(ModelNotes.ToolVersion, json.GetProperty("versions").GetProperty("saved_by_delora").GetString());
        Assert.StartsWith("5.", json.GetProperty("versions").GetProperty("ml.net").GetString());
        string text = CommandOutput.Of(InfoCommand.Create(), [TrainedModel.Classes]);
        Assert.Matches(@"(?m)^task +classification\r?$", text);
        Assert.Matches(@"(?m)^labels +low, middle, high\r?$", text);
        Assert.Matches(@"(?m)^  text +review\r?$", text);
        Assert.Matches(@"(?m)^  layers +all\r?$", text);

        Assert.Equal("pairs of texts", Info(TrainedModel.Pairs).GetProperty("reads").GetString());
        Assert.Equal("regression", Info(TrainedModel.Numbers).GetProperty("task").GetString());
        Assert.Equal("multi-label classification", Info(TrainedModel.Labels).GetProperty("task").GetString());
        Assert.Equal(";", Info(TrainedModel.Labels).GetProperty("columns").GetProperty("label_separator").GetString());
    }

    [Fact]
    public void Directories_of_adapters_and_base_models_say_what_they_are()
    {
        using var folder = new TemporaryDirectory();
        CommandOutput.Of(ExportCommand.Create(),
            ["--model", TrainedModel.Classes, "--peft", folder["peft"], "--as-lora", "--base-name", "roberta-tiny"]);
        JsonElement adapter = Info(folder["peft"]);
        Assert.Equal("PEFT adapter", adapter.GetProperty("form").GetString());
        Assert.Equal("LORA", adapter.GetProperty("peft_type").GetString());
        Assert.Equal(4, adapter.GetProperty("method_options").GetProperty("rank").GetInt32());
        Assert.Equal("roberta-tiny", adapter.GetProperty("base").GetString());
        Assert.Equal(3, adapter.GetProperty("outputs").GetInt32());
        Assert.Equal(4 * 4 * (32 + 32), adapter.GetProperty("parameters").GetProperty("adapter").GetInt64());
        Assert.Equal(1056 + 99, adapter.GetProperty("parameters").GetProperty("head").GetInt64());

        JsonElement model = Info(TinyBase.Directory);
        Assert.Equal("Hugging Face model", model.GetProperty("form").GetString());
        Assert.Equal(["float16"], model.GetProperty("number_format").EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(["vocab.json", "merges.txt"], model.GetProperty("tokenizer_files").EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(2, model.GetProperty("architecture").GetProperty("layers").GetInt32());
        Assert.Equal(new FileInfo(Path.Combine(TinyBase.Directory, "model.safetensors")).Length, model.GetProperty("file_size").GetInt64());

        Assert.Contains("neither adapter_config.json (an adapter) nor config.json",
            Assert.Throws<UsageException>(() => Info(folder.Path)).Message);
        Assert.Contains("There is no model 'nothing'", Assert.Throws<UsageException>(() => Info("nothing")).Message);
    }

    [Fact]
    public void Every_method_is_listed_on_a_line_of_its_own()
    {
        string[] lines = CommandOutput.Of(MethodsCommand.Create()).ReplaceLineEndings("\n").Split('\n');
        foreach (AdapterMethod method in OfLibrary)
            Assert.Single(lines, line => line.StartsWith(method.Name + " ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Length > 120);
        Assert.Contains(lines, l => l.StartsWith("LoRA ", StringComparison.Ordinal)
            && l.Contains(" yes ") && l.Contains(" LORA ") && l.Contains("W + (alpha / r) B A"));
        Assert.Contains(lines,
            l => l.StartsWith("Bottleneck ", StringComparison.Ordinal) && l.Contains(" no ") && l.Contains(" BOTTLENECK "));
        Assert.Contains(lines,
            l => l.StartsWith("BitFit ", StringComparison.Ordinal) && l.Contains(" nothing to merge ") && l.Contains(" - "));
    }

    [Fact]
    public void Every_option_of_every_method_is_described_and_can_be_set_as_it_is_shown()
    {
        JsonElement json = JsonDocument.Parse(CommandOutput.Of(MethodsCommand.Create(), ["--json"])).RootElement;
        Dictionary<string, JsonElement> described = json.EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!);
        foreach (string name in OfLibrary.Select(m => m.Name))
        {
            JsonElement method = described[name];
            Assert.False(string.IsNullOrEmpty(method.GetProperty("summary").GetString()), name);
            Assert.NotEqual(0, method.GetProperty("options").GetArrayLength());
            foreach (JsonElement option in method.GetProperty("options").EnumerateArray())
            {
                string setting = $"{option.GetProperty("name").GetString()}={option.GetProperty("default").GetRawText()}";
                Assert.False(string.IsNullOrEmpty(option.GetProperty("description").GetString()), $"{name}: {setting}");
                AdapterMethodJson.Create(name, [AdapterSetting.Parse(setting)]);
            }
        }
    }

    [Fact]
    public void A_method_is_described_with_types_and_defaults()
    {
        string text = CommandOutput.Of(MethodsCommand.Create(), ["delora"]).ReplaceLineEndings("\n");
        Assert.StartsWith("DeLoRA\n", text);
        Assert.Contains("\n  rank = 8    (whole number)\n      r: how many directions", text);
        Assert.Contains("\n  initialization = \"frozen_copy\"    (frozen_copy | zero_b)\n", text);
        Assert.Contains("\n  target_modules = [\"query\",\"value\"]    (list of texts)\n", text);
        Assert.Contains("\n  merges into the weights:  yes\n", text);
        Assert.Contains("There is no adapter method 'LoRAX'",
            Assert.Throws<ArgumentException>(() => CommandOutput.Of(MethodsCommand.Create(), ["LoRAX"])).Message);
    }

    [Fact]
    public void What_is_no_option_is_not_listed_and_older_models_that_name_it_load()
    {
        JsonElement json = JsonDocument.Parse(CommandOutput.Of(MethodsCommand.Create(), ["LoReFT", "--json"])).RootElement;
        Assert.DoesNotContain(json[0].GetProperty("options").EnumerateArray(), o => o.GetProperty("name").GetString() == "starts_as_base");
        Assert.Equal(3,
            Assert.IsType<LoReFTMethod>(AdapterMethodJson.Read("""{"name": "LoReFT", "rank": 3, "starts_as_base": false}"""u8)).Rank);
    }

    // Other tests register methods of their own.
    private static IEnumerable<AdapterMethod> OfLibrary
        => AdapterMethods.All.Where(m => m.GetType().Assembly == typeof(DeLoRAMethod).Assembly);

    private static JsonElement Info(string path)
        => JsonDocument.Parse(CommandOutput.Of(InfoCommand.Create(), [path, "--json"])).RootElement;
}
