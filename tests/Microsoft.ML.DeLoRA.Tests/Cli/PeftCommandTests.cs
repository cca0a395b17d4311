using System.CommandLine;
using System.Text.Json.Nodes;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Cli.Commands;
using Microsoft.ML.DeLoRA.Cli.Tables;
using Microsoft.ML.DeLoRA.Tests.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

/// <summary><c>delora export</c> and <c>delora import</c>: who can read what is written, and what is said.</summary>
[Collection("console")]
public class PeftCommandTests
{
    [Theory]
    [InlineData("LORA", "as the LoRA of rank 4")]
    [InlineData("LORA", "as the LoRA of rank 4", "--format", "peft")]
    [InlineData("LORA", "as the LoRA of rank 4", "--format", "lora")]
    [InlineData("LORA", "as the LoRA of rank 4", "--as-lora")]
    [InlineData("DELORA", "Written to", "--format", "authors")]
    public void Export_writes_what_its_reader_reads(string type, string said, params string[] options)
    {
        using var folder = new TemporaryDirectory();
        string model = Model(folder, new DeLoRAMethod { Rank = 2 });
        Assert.Contains(said, CommandOutput.Of(ExportCommand.Create(), ["--model", model, "--peft", folder["peft"], .. options]));
        JsonNode keys = JsonNode.Parse(File.ReadAllText(Path.Combine(folder["peft"], PeftDirectory.ConfigurationFile)))!;
        Assert.Equal(type, keys["peft_type"]!.GetValue<string>());
    }

    [Fact]
    public void Export_refuses_what_its_reader_has_no_form_for_in_its_own_words()
    {
        using var folder = new TemporaryDirectory();
        string bottleneck = Model(folder, new BottleneckMethod { Size = 2 });
        Assert.Contains("--format authors", Refused("--model", bottleneck, "--peft", folder["peft"]));
        Assert.Contains("DeLoRA", Refused("--model", bottleneck, "--peft", folder["peft"], "--format", "lora"));
        Assert.Contains("--as-lora", Refused("--model", bottleneck, "--peft", folder["peft"], "--format", "authors", "--as-lora"));
        string lora = Model(folder, new LoRAMethod { Rank = 2 });
        Assert.Contains("--format peft", Refused("--model", lora, "--peft", folder["peft"], "--format", "authors"));
        Assert.False(Directory.Exists(folder["peft"]));

        static string Refused(params string[] arguments)
        {
            string message = Assert.Throws<UsageException>(() => CommandOutput.Of(ExportCommand.Create(), arguments)).Message;
            Assert.DoesNotContain("AdapterFormat", message);
            Assert.DoesNotContain("Parameter", message);
            return message;
        }
    }

    [Fact]
    public void An_adapter_trained_on_a_saved_model_is_imported_with_that_model_only()
    {
        using var folder = new TemporaryDirectory();
        string data = Path.Combine(Path.GetDirectoryName(TrainedModel.Classes)!, "classes.csv");
        CommandOutput.Of(TrainCommand.Create(), "--data", data, "--text", "review", "--label", "mood", "--separator", ";",
            "--base", TrainedModel.Classes, "--save", folder["m.zip"], "--epochs", "1", "--rank", "2");
        (_, string said) = CommandOutput.OfBoth(ExportCommand.Create(), "--model", folder["m.zip"], "--peft", folder["peft"]);
        Assert.Contains($"--base {TrainedModel.Classes}", said);
        string[] import = ["--peft", folder["peft"], "--save", folder["again.zip"]];
        string refused = Assert.Throws<InvalidDataException>(
            () => CommandOutput.Of(ImportCommand.Create(), [.. import, "--base", TinyBase.Directory])).Message;
        Assert.Contains("was trained on another base model than", refused);
        Assert.Equal(refused, Assert.Throws<InvalidDataException>(() => TextModel.LoadPeft(folder["peft"], TinyBase.Directory)).Message);
        Assert.Contains("was trained on another base model than",
            Assert.Throws<InvalidDataException>(() => CommandOutput.Of(TrainCommand.Create(),
            "--data", data, "--text", "review", "--label", "mood", "--separator", ";", "--base", TinyBase.Directory,
            "--peft", folder["peft"], "--save", folder["on.zip"], "--epochs", "1")).Message);
        Assert.False(File.Exists(folder["again.zip"]));

        CommandOutput.Of(ImportCommand.Create(), [.. import, "--base", TrainedModel.Classes]);
        string[] texts = ["abcdecba", "vwxyzwx"];
        Assert.Equal(CommandOutput.Of(PredictCommand.Create(), ["--model", folder["m.zip"], .. texts]),
            CommandOutput.Of(PredictCommand.Create(), ["--model", folder["again.zip"], .. texts]));
        (_, string silent) = CommandOutput.OfBoth(ExportCommand.Create(), "--model", TrainedModel.Classes, "--peft", folder["plain"]);
        Assert.Empty(silent);
        CommandOutput.Of(ImportCommand.Create(), "--peft", folder["plain"], "--base", TinyBase.Directory, "--save", folder["plain.zip"]);

        string labels = Path.Combine(folder["peft"], "labels.json");
        JsonObject keys = JsonNode.Parse(File.ReadAllText(labels))!.AsObject();
        keys["base_fingerprint"] = "?";
        File.WriteAllText(labels, keys.ToJsonString());
        Assert.Contains("base_fingerprint",
            Assert.Throws<InvalidDataException>(() => TextModel.LoadPeft(folder["peft"], TinyBase.Directory)).Message);
        keys.Remove("base_fingerprint");
        File.WriteAllText(labels, keys.ToJsonString());
        TextModel.LoadPeft(folder["peft"], TinyBase.Directory).Dispose();
    }

    [Fact]
    public void Import_says_on_standard_error_what_it_left_out()
    {
        using var folder = new TemporaryDirectory();
        CommandOutput.Of(ExportCommand.Create(), ["--model", Model(folder, new LoRAMethod { Rank = 2 }), "--peft", folder["peft"]]);
        string file = Path.Combine(folder["peft"], PeftDirectory.ConfigurationFile);
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"query\"", "\"query\", \"q_proj\""));
        TextWriter error = Console.Error;
        using var written = new StringWriter();
        Console.SetError(written);
        try
        {
            ImportCommand.Create().Parse([.. Import(folder["peft"], folder["again.zip"])])
                .Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = TextWriter.Null });
        }
        finally
        {
            Console.SetError(error);
        }
        Assert.Contains("'q_proj' of 'target_modules' names no linear layer of this model", written.ToString());
    }

    private static string Model(TemporaryDirectory folder, AdapterMethod method)
    {
        string adapter = folder["adapter-" + method.Name];
        using (TextModel model = TinyTextModel.Create(method: method))
            model.SavePeft(adapter, format: method is DeLoRAMethod or BottleneckMethod ? AdapterFormat.Authors : AdapterFormat.Peft);
        CommandOutput.Of(ImportCommand.Create(), Import(adapter, folder[method.Name + ".zip"]));
        return folder[method.Name + ".zip"];
    }

    private static string[] Import(string adapter, string model)
        => ["--peft", adapter, "--base", TinyBase.Directory, "--labels", "a", "b", "c", "--save", model];
}
