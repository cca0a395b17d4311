using System.Text;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>What a model file's checksums find, and how they name it.</summary>
public class ModelManifestTests
{
    private const string Base = "model.safetensors", Trained = "adapter_model.safetensors";

    private static readonly SavedStreams _good = SavedStreams.Of(TinyTextModel.Create(method: new DeLoRAMethod { Rank = 2 }));

    public static TheoryData<string> Streams => [.. _good.Names.Where(n => n != ModelManifest.FileName)];

    /// <summary>A stream, what is done to it, and what the error says.</summary>
    public static TheoryData<string, string, string, string> Tensors => new()
    {
        // Every change leaves the file's length as it is.
        { Base, Entry("embeddings.LayerNorm.bias", "F16"), Entry("embeddings.LayerNorm.bias", "I16"),
            "'roberta.embeddings.LayerNorm.bias' is I16 [32] where F16 [32] was written" },
        { Base, "embeddings.LayerNorm.bias", "embeddings.LayerNorm.bios", "'roberta.embeddings.LayerNorm.bias' is missing" },
        { Base, "embeddings.LayerNorm.bias", "embeddings.LayerNorm.bios", "'roberta.embeddings.LayerNorm.bios' was not written" },
        { Base, "layer.0.attention.self.key.bias", "layer.9.attention.self.key.bias",
            "'roberta.encoder.layer.9.attention.self.key.bias' was not written" },
        { Base, "\"dtype\":\"F16\",\"shape\":[32,48]", "\"dtype\":\"F16\",\"shape\":[48,32]",
            "'roberta.encoder.layer.0.output.dense.weight' is F16 [48, 32] where F16 [32, 48] was written" },
        { Base, "\"format\":\"pt\"", "\"format\":\"tp\"", "no tensor is changed" },
        { Base, "\"data_offsets\":[0,", "\"data_offsets\":[9,", "not a valid safetensors file" },
        { Trained, "delora_lambda", "delora_lambdo", "delora_lambda' is missing" },
        { Trained, "\"F32\"", "\"I32\"", "is I32 [" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void OneBitAnywhereInAStreamIsFoundAndTheStreamIsNamed(string name)
    {
        int length = _good[name].Length;
        foreach (int at in new[] { 0, length / 3, length / 2, length - 1 })
        {
            SavedStreams streams = _good.Copy();
            streams[name][at] ^= 1;
            Assert.Contains(name, Assert.Throws<InvalidDataException>(streams.Load).Message);
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void AStreamThatIsCutOrGoesOnIsNamedWithBothLengths(string name)
    {
        SavedStreams streams = _good.Copy();
        int length = streams[name].Length;
        streams[name] = streams[name][..^1];
        Assert.Contains($"'{name}' is not as it was saved: it has {length - 1:N0} bytes where {length:N0} were written",
            Assert.Throws<InvalidDataException>(streams.Load).Message);
        streams[name] = [.. _good[name], 0];
        Assert.Contains($"it has {length + 1:N0} bytes where", Assert.Throws<InvalidDataException>(streams.Load).Message);
    }

    [Theory]
    [MemberData(nameof(Tensors))]
    public void AChangedTensorIsNamed(string stream, string replaced, string replacement, string said)
    {
        SavedStreams streams = _good.Copy();
        string content = Encoding.Latin1.GetString(streams[stream]);
        Assert.Contains(replaced, content);
        streams[stream] = Encoding.Latin1.GetBytes(content.Replace(replaced, replacement));
        string message = Assert.Throws<InvalidDataException>(streams.Load).Message;
        Assert.Contains($"'{stream}' is not as it was saved", message);
        Assert.Contains(said, message);
    }

    [Fact]
    public void AChangedValueNamesItsTensorOnly()
    {
        SavedStreams streams = _good.Copy();
        streams[Base][^1] ^= 0x40;
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(streams[Base], Base);
        Assert.EndsWith($"; tensor '{file.Names.Last()}' has other values. Copy the file again, or save the model again.",
            Assert.Throws<InvalidDataException>(streams.Load).Message);
    }

    [Fact]
    public void SwappedTensorsAndSwappedStreamsAreNamed()
    {
        SavedStreams streams = _good.Copy();
        string content = Encoding.Latin1.GetString(streams[Base]);
        const string first = "layer.0.attention.self.query.weight", second = "layer.1.attention.self.query.weight";
        string changed = content.Replace(first, "first one").Replace(second, first).Replace("first one", second);
        streams[Base] = Encoding.Latin1.GetBytes(changed);
        string message = Assert.Throws<InvalidDataException>(streams.Load).Message;
        Assert.Contains("'roberta.encoder.layer.0.attention.self.query.weight' has other values", message);
        Assert.Contains("'roberta.encoder.layer.1.attention.self.query.weight' has other values", message);

        streams = _good.Copy();
        (streams["vocab.json"], streams["merges.txt"]) = (streams["merges.txt"], streams["vocab.json"]);
        Assert.Contains("'vocab.json' is not as it was saved", Assert.Throws<InvalidDataException>(streams.Load).Message);
    }

    [Fact]
    public void StreamsThatAreTooManyOrTooFewAreNamed()
    {
        SavedStreams streams = _good.Copy();
        streams["readme.txt"] = [1];
        Assert.Contains("it has a 'readme.txt', which its manifest.json does not name",
            Assert.Throws<InvalidDataException>(streams.Load).Message);
        Assert.Contains("its manifest.json names 'readme.txt', which such a model does not have",
            Assert.Throws<InvalidDataException>(streams.Seal().Load).Message);

        SavedStreams head = SavedStreams.Of(TinyTextModel.Create());
        head["adapter_config.json"] = _good["adapter_config.json"];
        Assert.Contains("it has a 'adapter_config.json'", Assert.Throws<InvalidDataException>(head.Load).Message);

        streams = _good.Copy();
        streams.Remove("adapter_config.json");
        Assert.Contains("it lacks 'adapter_config.json'", Assert.Throws<InvalidDataException>(streams.Load).Message);
    }

    [Fact]
    public void TheManifestCannotBeTakenAwayOrSlippedUnderAnotherVersion()
    {
        SavedStreams streams = _good.Copy();
        string description = Encoding.UTF8.GetString(streams["model.json"]);
        streams["model.json"] = Encoding.UTF8.GetBytes(description.Replace("\"format_version\": 2", "\"format_version\": 1"));
        Assert.Contains("version 1", Assert.Throws<InvalidDataException>(streams.Seal().Load).Message);
        streams = _good.Copy();
        streams.Remove(ModelManifest.FileName);
        Assert.Contains("it lacks 'manifest.json'", Assert.Throws<InvalidDataException>(streams.Load).Message);
    }

    /// <summary>Whose checksums fit, but whose tensors do not.</summary>
    [Theory]
    [InlineData(Base, "F16", "I16", "holds I16")]
    [InlineData(Trained, "F32", "I32", "holds I32")]
    [InlineData(Trained, "F32", "U32", "dtype 'U32'")]
    public void IntegersAreNoWeights(string stream, string type, string other, string said)
    {
        SavedStreams streams = _good.Copy();
        streams[stream] = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(streams[stream]).Replace($"\"{type}\"", $"\"{other}\""));
        Assert.Contains(said, Assert.Throws<InvalidDataException>(streams.Seal().Load).Message);
    }

    [Theory]
    [InlineData(Base, "roberta.pooler.dense.bias")]
    [InlineData(Trained, "base_model.model.classifier.extra.bias")]
    [InlineData(Trained, "base_model.model.roberta.encoder.layer.0.output.dense.delora_A")]
    public void ATensorThatNothingTakesIsNamed(string stream, string tensor)
    {
        SavedStreams streams = _good.Copy();
        using SafeTensorsFile file = SafeTensorsFile.FromBytes(_good[stream], stream);
        var writer = new SafeTensorsWriter();
        foreach (string name in file.Names)
            writer.AddBytes(name, file.DataType(name), file.ReadBytes(name), file.Shape(name).ToArray());
        writer.AddBytes(tensor, file.DataType(file.Names.First()), new byte[4], stream == Base ? 2 : 1);
        using var content = new MemoryStream();
        writer.Write(content);
        streams[stream] = content.ToArray();
        Assert.Contains(tensor, Assert.Throws<InvalidDataException>(streams.Seal().Load).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"streams\":null}")]
    [InlineData("{\"streams\":{\"model.json\":null}}")]
    [InlineData("{\"streams\":{\"model.json\":{\"length\":-1}}}")]
    [InlineData("{\"streams\":{\"model.json\":{\"length\":1,\"crc32c\":null}}}")]
    [InlineData("{\"streams\":{\"model.safetensors\":{\"length\":1,\"crc32c\":\"\",\"tensors\":{\"a\":null}}}}")]
    [InlineData("{\"$type\":\"System.Object\",\"streams\":{}}")]
    public void AManifestThatIsNoneIsRefused(string content)
    {
        SavedStreams streams = _good.Copy();
        streams[ModelManifest.FileName] = Encoding.UTF8.GetBytes(content);
        Assert.Contains("manifest.json", Assert.Throws<InvalidDataException>(streams.Load).Message);
    }

    [Fact]
    public void TheManifestIsAsTheDocumentationSays()
    {
        string manifest = Encoding.UTF8.GetString(_good[ModelManifest.FileName]);
        Assert.StartsWith("{\"streams\":{\"model.json\":{\"length\":", manifest);
        Assert.Contains("\"roberta.embeddings.LayerNorm.bias\":{\"form\":\"F16 [32]\",\"crc32c\":\"", manifest);
        Assert.Equal(ModelManifest.FileName, _good.Names.Last());
    }

    private static string Entry(string tensor, string type) => $"{tensor}\":{{\"dtype\":\"{type}\"";
}
