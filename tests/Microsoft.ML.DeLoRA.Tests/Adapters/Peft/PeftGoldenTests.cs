using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.Adapters.Peft;

/// <summary>Every adapter directory among the golden values, as PEFT and the authors' fork wrote it.</summary>
public class PeftGoldenTests
{
    // Those of peft-reading are saved as something else; see PeftReadingTests. Those of mixed-batch are for no task; see
    // AdaptersByRowTests.
    public static TheoryData<string> Directories => [.. Directory
        .EnumerateFiles(Repository.Golden, PeftDirectory.ConfigurationFile, SearchOption.AllDirectories)
        .Where(f => !f.Contains("peft-reading", StringComparison.Ordinal) && !f.Contains("mixed-batch", StringComparison.Ordinal))
        .Select(f => Path.GetRelativePath(Repository.Golden, Path.GetDirectoryName(f)!)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Directories))]
    public void An_adapter_is_written_again_byte_for_byte(string name)
    {
        using PeftDirectory directory = Open(name);
        Assert.Empty(directory.Warnings);
        using SequenceClassifier model = GoldenModel.Load(directory.Configuration.BaseModelName!);
        using AdapterSet adapters = directory.Attach(model.Encoder);
        directory.LoadHead(model.Head);
        Assert.Empty(directory.Warnings);
        using var written = new TemporaryDirectory();
        PeftDirectory.Save(written.Path, adapters, model.Head, configuration: directory.Configuration);

        Assert.Equal([PeftDirectory.ConfigurationFile, PeftDirectory.TensorsFile],
            Directory.GetFiles(written.Path).Select(Path.GetFileName).Order());
        Assert.Equal(Text(directory.Path), Text(written.Path));
        byte[] tensors = File.ReadAllBytes(Path.Combine(directory.Path, PeftDirectory.TensorsFile));
        Assert.True(tensors.AsSpan().SequenceEqual(File.ReadAllBytes(written[PeftDirectory.TensorsFile])), "The tensors' bytes differ.");
    }

    /// <summary>What is written has PEFT's value, and what is left out has in PEFT's file the value that its absence means.</summary>
    [Theory]
    [MemberData(nameof(Directories))]
    public void A_configuration_made_here_says_the_same(string name)
    {
        using PeftDirectory directory = Open(name);
        using SequenceClassifier model = GoldenModel.Load(directory.Configuration.BaseModelName!);
        JsonObject golden = Keys(directory.Configuration.ToJson());
        JsonObject own =
            Keys(PythonJson.Write(PeftConfiguration.Create(directory.Method, model.Encoder, directory.Configuration.BaseModelName)));
        Assert.Subset(golden.Select(k => k.Key).ToHashSet(), own.Select(k => k.Key).ToHashSet());
        // An initialization that has no option here, and the head, which the authors' code saves without saying so.
        string[] free = directory.Method is DeLoRAMethod or BottleneckMethod ? ["init_weights", "modules_to_save"]
            // Which directions are left, and for how many steps the training was.
            : directory.Method is AdaLoRAMethod ? ["rank_pattern", "total_step"]
            : StartsAsPlainLoRA(golden) ? ["init_lora_weights"] : [];
        Assert.All(own.Where(k => !free.Contains(k.Key)), k => Assert.True(
            JsonNode.DeepEquals(k.Value, golden[k.Key]),
                $"{k.Key}: {golden[k.Key]?.ToJsonString()} is written as {k.Value?.ToJsonString()}"));
        if (!directory.Configuration.Format.IsOfPeft)
            Assert.Equal(golden.Select(k => k.Key).Order(), own.Select(k => k.Key).Order());
        else
            Assert.All(golden.Where(k => !own.ContainsKey(k.Key) && !free.Contains(k.Key) && k.Key != "peft_version"), k => Assert.True(
                PeftVersions.IsDefault(directory.Configuration.PeftType, k.Key, k.Value),
                    $"{k.Key} is left out, but is {k.Value?.ToJsonString()}"));
    }

    private static bool StartsAsPlainLoRA(JsonObject golden)
        => golden["init_lora_weights"] is JsonValue start && start.ToJsonString() is "\"orthogonal\"" or "\"mica\"";

    private static PeftDirectory Open(string name) => PeftDirectory.Open(Path.Combine(Repository.Golden, name));

    private static JsonObject Keys(string json) => JsonNode.Parse(json)!.AsObject();

    // What the authors' code wrote has another indentation, and a line end at the end.
    private static string Text(string directory)
    {
        string text = File.ReadAllText(Path.Combine(directory, PeftDirectory.ConfigurationFile));
        return text.StartsWith("{\n \"", StringComparison.Ordinal)
            ? Regex.Replace(text.TrimEnd(), "^ +", m => m.Value + m.Value, RegexOptions.Multiline)
            : text;
    }
}
