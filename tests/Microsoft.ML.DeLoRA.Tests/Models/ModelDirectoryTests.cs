using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Models;

public class ModelDirectoryTests
{
    private const string Prefix = "roberta.";

    public static TheoryData<string> Models => [.. Repository.GoldenCases("tiny-roberta")];

    [Theory]
    [MemberData(nameof(Models))]
    public void ReadsHuggingFacesDirectories(string model)
    {
        string path = Path.Combine(Repository.Golden, "tiny-roberta", model);
        using ModelDirectory directory = ModelDirectory.Open(path);
        using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(path, "model.safetensors"));
        Assert.Equal(File.ReadAllText(Path.Combine(path, "config.json")).Trim(), directory.ConfigurationJson);
        Assert.Equal(file.Names.Count, directory.Tensors.Names.Count);
        foreach (string stored in file.Names)
        {
            string name = stored.StartsWith(Prefix, StringComparison.Ordinal) ? stored[Prefix.Length..] : stored;
            Assert.True(directory.Tensors.Contains(name));
            Assert.Equal(file.Shape(stored).ToArray(), directory.Tensors.Shape(name).ToArray());
            Assert.Equal(file.DataType(stored), directory.Tensors.DataType(name));
            Assert.Equal(file.ReadFloat32(stored), directory.Tensors.ReadFloat32(name));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void NamesWithoutThePrefixAndShardsReadAlike(string model)
    {
        string path = Path.Combine(Repository.Golden, "tiny-roberta", model);
        using ModelDirectory golden = ModelDirectory.Open(path);
        using var bare = new TemporaryDirectory();
        using var sharded = new TemporaryDirectory();
        foreach (TemporaryDirectory copy in (TemporaryDirectory[])[bare, sharded])
            File.Copy(Path.Combine(path, "config.json"), copy["config.json"]);
        Save(bare["model.safetensors"], golden.Tensors, golden.Tensors.Names);
        string[] names = [.. golden.Tensors.Names];
        string[] shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        Save(sharded[shards[0]], golden.Tensors, names[..(names.Length / 2)]);
        Save(sharded[shards[1]], golden.Tensors, names[(names.Length / 2)..]);
        WriteIndex(sharded, names.Select((name, i) => (name, shards[i < names.Length / 2 ? 0 : 1])));

        foreach (TemporaryDirectory copy in (TemporaryDirectory[])[bare, sharded])
        {
            using ModelDirectory directory = ModelDirectory.Open(copy.Path);
            Assert.Equal(golden.Tensors.Names.Order(), directory.Tensors.Names.Order());
            Assert.All(names, name => Assert.Equal(golden.Tensors.ReadBytes(name), directory.Tensors.ReadBytes(name)));
            string message =
                Assert.Throws<InvalidDataException>(() => directory.Tensors.Require("encoder.layer.99.output.dense.weight", 5, 6)).Message;
            Assert.Contains("'encoder.layer.99.output.dense.weight' of shape [5, 6]", message);
            Assert.Contains("expected is [1, 1]",
                Assert.Throws<InvalidDataException>(() => directory.Tensors.Require(names[0], 1, 1)).Message);
        }
    }

    [Fact]
    public void ATensorUnderBothNamesIsRefused()
    {
        using TemporaryDirectory directory = WithConfiguration();
        var writer = new SafeTensorsWriter();
        writer.Add("embeddings.x", [1f], 1);
        writer.Add("roberta.embeddings.x", [1f], 1);
        writer.Save(directory["model.safetensors"]);
        Assert.Contains("both", Assert.Throws<InvalidDataException>(() => ModelDirectory.Open(directory.Path)).Message);
        // Fails unless the refused file has been closed.
        File.Open(directory["model.safetensors"], FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }

    [Fact]
    public void MissingDirectoriesAndFilesAreNamed()
    {
        using var directory = new TemporaryDirectory();
        Assert.Contains("none' does not exist",
            Assert.Throws<DirectoryNotFoundException>(() => ModelDirectory.Open(directory["none"])).Message);
        string empty = Assert.Throws<FileNotFoundException>(() => ModelDirectory.Open(directory.Path)).Message;
        Assert.Contains("has no config.json", empty);
        Assert.Contains("found nothing", empty);
        File.WriteAllText(directory["config.json"], "{\"model_type\":\"roberta\"}");
        Assert.Contains($"directory that holds it, '{directory.Path}'",
            Assert.Throws<DirectoryNotFoundException>(() => ModelDirectory.Open(directory["config.json"])).Message);
        string noWeights = Assert.Throws<FileNotFoundException>(() => ModelDirectory.Open(directory.Path)).Message;
        Assert.Contains("has no model.safetensors", noWeights);
        Assert.Contains("found config.json", noWeights);
        Assert.DoesNotContain("pickle", noWeights);
        File.WriteAllText(directory["pytorch_model.bin"], "");
        Assert.Contains("safe_serialization=True", Assert.Throws<FileNotFoundException>(() => ModelDirectory.Open(directory.Path)).Message);
    }

    [Theory]
    [InlineData("{\"model_type\":\"electra\"}", "model_type is \"electra\"")]
    [InlineData("{\"model_type\":7}", "model_type is 7")]
    [InlineData("{}", "model_type is missing")]
    public void OtherArchitecturesAreNamed(string configuration, string message)
    {
        using TemporaryDirectory directory = WithConfiguration(configuration);
        Assert.Contains(message, Assert.Throws<NotSupportedException>(() => ModelDirectory.Open(directory.Path)).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"model_type\":")]
    [InlineData("[\"model_type\"]")]
    public void ADamagedConfigurationIsRefused(string configuration)
    {
        using TemporaryDirectory directory = WithConfiguration(configuration);
        Assert.Contains("config.json", Assert.Throws<InvalidDataException>(() => ModelDirectory.Open(directory.Path)).Message);
    }

    [Theory]
    [InlineData("{\"weight_map\":{\"a\":\"../x.safetensors\"}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":\"/etc/x.safetensors\"}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":\"sub\\\\x.safetensors\"}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":\"C:x.safetensors\"}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":\"x\\u0000.safetensors\"}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":\"..safetensors\"}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":\"config.json\"}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":\"\"}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":1}}", "without any path")]
    [InlineData("{\"weight_map\":{\"a\":\"real.safetensors\",\"a\":\"real.safetensors\"}}", "twice")]
    [InlineData("{\"weight_map\":{\"b\":\"real.safetensors\"}}", "does not hold it")]
    [InlineData("{\"weight_map\":[]}", "weight_map")]
    [InlineData("{}", "weight_map")]
    [InlineData("[]", "weight_map")]
    [InlineData("{\"weight_map\":", "not a valid index")]
    public void HostileIndexesAreRefused(string index, string message)
    {
        using TemporaryDirectory directory = WithConfiguration();
        var writer = new SafeTensorsWriter();
        writer.Add("a", [1f], 1);
        writer.Save(directory["real.safetensors"]);
        File.WriteAllText(directory["model.safetensors.index.json"], index);
        string error = Assert.Throws<InvalidDataException>(() => ModelDirectory.Open(directory.Path)).Message;
        Assert.Contains("model.safetensors.index.json", error);
        Assert.Contains(message, error);
        File.Open(directory["real.safetensors"], FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }

    [Fact]
    public void AMissingShardIsNamed()
    {
        using TemporaryDirectory directory = WithConfiguration();
        WriteIndex(directory, [("a", "model-00001-of-00001.safetensors")]);
        Assert.Contains("model-00001-of-00001.safetensors",
            Assert.Throws<FileNotFoundException>(() => ModelDirectory.Open(directory.Path)).Message);
    }

    private static TemporaryDirectory WithConfiguration(string configuration = "{\"model_type\":\"roberta\"}")
    {
        var directory = new TemporaryDirectory();
        File.WriteAllText(directory["config.json"], configuration);
        return directory;
    }

    private static void WriteIndex(TemporaryDirectory directory, IEnumerable<(string Tensor, string File)> entries) =>
        File.WriteAllText(
            directory["model.safetensors.index.json"],
            $"{{\"metadata\":{{\"total_size\":1}},\"weight_map\":{{{string.Join(',', entries.Select(entry => $"\"{entry.Tensor}\":\"{entry.File}\""))}}}}}");

    private static void Save(string path, ITensorSource tensors, IEnumerable<string> names)
    {
        var writer = new SafeTensorsWriter();
        foreach (string name in names)
            writer.AddBytes(name, tensors.DataType(name), tensors.ReadBytes(name), tensors.Shape(name).ToArray());
        writer.Save(path);
    }
}
