using System.Text;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>
/// A model file comes from outside: whatever is wrong with it gives an InvalidDataException that says what. Here the checksums fit; see
/// <see cref="ModelManifestTests"/> for those that do not.
/// </summary>
public class HostileModelFileTests
{
    private static readonly SavedStreams _good = SavedStreams.Of(TinyTextModel.Create(method: new DeLoRAMethod { Rank = 2 }));

    public static TheoryData<string> Required => [.. _good.Names.Where(n => n != "adapter_config.json")];

    /// <summary>The stream, what is replaced in it by what (an empty text: the whole of it), and a word that the error says.</summary>
    public static TheoryData<string, string, string, string> Damages => new()
    {
        { "model.json", "", "no json", "model.json" },
        { "model.json", "", "null", "null" },
        { "model.json", "\"format_version\": 2", "\"format_version\": 3", "newer" },
        { "model.json", "\"output_count\": 3", "\"output_count\": 1000000000", "1000000000" },
        { "model.json", "\"output_count\": 3", "\"output_count\": 4", "4" },
        { "model.json", "\"max_length\": 32", "\"max_length\": 1000000", "1000000" },
        { "model.json", "\"max_length\": 32", "\"max_length\": -1", "-1" },
        { "model.json", "\"kind\": \"classification\"", "\"kind\": \"System.Diagnostics.Process\"", "kind" },
        { "model.json", "\"labels\"", "\"$type\": \"System.Object\", \"labels\"", "$type" },
        { "config.json", "\"hidden_size\": 32", "\"hidden_size\": 64", "embeddings.word_embeddings.weight" },
        { "config.json", "\"vocab_size\": 261", "\"vocab_size\": 10", "vocabulary" },
        { "vocab.json", "", "{}", "<s>" },
        { "merges.txt", "#version: 0.2", "not a merge", "not a merge" },
        { "model.safetensors", "roberta.encoder.layer.0.output.dense.bias", "roberta.encoder.layer.0.output.dense.bios",
            "output.dense.bias" },
        { "model.safetensors", "", "xxxxxxxxxxxx", "safetensors" },
        { "adapter_config.json", "\"name\": \"DeLoRA\"", "\"name\": \"System.Object\"", "System.Object" },
        { "adapter_config.json", "\"rank\": 2", "\"rank\": 3", "delora_A" },
        { "adapter_config.json", "\"rank\": 2", "\"rank\": 2000000000", "rank" },
        { "adapter_config.json", "\"rank\": 2", "\"rank\": \"two\"", "rank" },
        { "adapter_config.json", "\"query\"", "\"^(((\"", "(((" },
        { "adapter_config.json", "\"rank\": 2", "\"rank\": 2, \"unknown\": 1", "unknown" },
        { "adapter_model.safetensors", "delora_lambda", "delora_lambdo", "delora_lambda" },
        { "adapter_model.safetensors", "classifier.dense.bias", "classifier.dense.bios", "classifier.dense.bias" },
    };

    [Fact]
    public void TheUndamagedOneLoads() => _good.Copy().Load().Dispose();

    [Theory]
    [MemberData(nameof(Required))]
    public void AMissingStreamIsNamed(string name)
    {
        SavedStreams streams = _good.Copy();
        streams.Remove(name);
        Assert.Contains(name, Assert.Throws<InvalidDataException>(streams.Load).Message);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void ADamagedStreamIsRefused(string name, string replaced, string replacement, string said)
    {
        SavedStreams streams = _good.Copy();
        string content = Encoding.Latin1.GetString(streams[name]);
        Assert.Contains(replaced, content);
        streams[name] = Encoding.Latin1.GetBytes(replaced.Length == 0 ? replacement : content.Replace(replaced, replacement));
        Assert.Contains(said, Assert.Throws<InvalidDataException>(streams.Seal().Load).Message);
    }

    [Fact]
    public void AStreamLongerThanItsLimitIsNotReadToItsEnd()
    {
        long read = 0;
        var endless = new EndlessStream(count => read += count);
        var streams = new BoundedStreams((_, use) =>
        {
            use(endless);
            return true;
        });
        Assert.Throws<InvalidDataException>(() => streams.Require("model.json", 100_000));
        Assert.InRange(read, 100_000, 300_000);
    }

    private sealed class EndlessStream(Action<int> onRead) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            onRead(count);
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
