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
    public static TheoryData<string> Directories => [.. Directory
        .EnumerateFiles(Repository.Golden, PeftDirectory.ConfigurationFile, SearchOption.AllDirectories)
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
        using var written = new TemporaryDirectory();
        PeftDirectory.Save(written.Path, adapters, model.Head, configuration: directory.Configuration);

        Assert.Equal([PeftDirectory.ConfigurationFile, PeftDirectory.TensorsFile], Directory.GetFiles(written.Path).Select(Path.GetFileName).Order());
        Assert.Equal(Text(directory.Path), Text(written.Path));
        byte[] tensors = File.ReadAllBytes(Path.Combine(directory.Path, PeftDirectory.TensorsFile));
        Assert.True(tensors.AsSpan().SequenceEqual(File.ReadAllBytes(written[PeftDirectory.TensorsFile])), "The tensors' bytes differ.");
    }

    [Theory]
    [MemberData(nameof(Directories))]
    public void A_configuration_made_here_has_the_same_keys_and_values(string name)
    {
        using PeftDirectory directory = Open(name);
        using SequenceClassifier model = GoldenModel.Load(directory.Configuration.BaseModelName!);
        JsonObject golden = Keys(directory.Configuration.ToJson());
        JsonObject own = Keys(PythonJson.Write(PeftConfiguration.Create(directory.Method, model.Encoder, directory.Configuration.BaseModelName)));
        Assert.Equal(golden.Select(k => k.Key).Order(), own.Select(k => k.Key).Order());
        // The version, an initialization that has no option here, and the head, which the authors' code saves without saying so.
        string[] free = directory.Method is DeLoRAMethod or BottleneckMethod ? ["peft_version", "init_weights", "modules_to_save"] : ["peft_version"];
        Assert.All(golden.Where(k => !free.Contains(k.Key)), k => Assert.True(
            JsonNode.DeepEquals(k.Value, own[k.Key]), $"{k.Key}: {k.Value?.ToJsonString()} is written as {own[k.Key]?.ToJsonString()}"));
    }

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
