using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Tests.Models;

/// <summary>A saved model in memory, stream by stream, for tests that look at it or damage it.</summary>
internal sealed class SavedStreams
{
    private readonly Dictionary<string, byte[]> _streams = [];

    public byte[] this[string name]
    {
        get => _streams[name];
        set => _streams[name] = value;
    }

    public IEnumerable<string> Names => _streams.Keys;

    public static SavedStreams Of(TextModel model)
    {
        var result = new SavedStreams();
        foreach ((string name, Action<Stream> write) in TextModelFile.Streams(model.Parts))
        {
            using var stream = new MemoryStream();
            write(stream);
            result[name] = stream.ToArray();
        }
        return result;
    }

    public void Remove(string name) => _streams.Remove(name);

    public SavedStreams Copy()
    {
        var copy = new SavedStreams();
        foreach (string name in Names)
            copy[name] = [.. this[name]];
        return copy;
    }

    /// <summary>Writes the manifest anew, as somebody would who wants a file to be taken for a good one.</summary>
    public SavedStreams Seal()
    {
        Remove(ModelManifest.FileName);
        _streams[ModelManifest.FileName] = Manifest(_streams);
        return this;
    }

    /// <summary>The manifest of some streams.</summary>
    public static byte[] Manifest(IEnumerable<KeyValuePair<string, byte[]>> streams)
    {
        var writer = new ModelManifest.Writer();
        foreach ((string name, byte[] content) in streams)
            writer.Stream(name, stream => stream.Write(content)).Write(Stream.Null);
        using var manifest = new MemoryStream();
        writer.Manifest().Write(manifest);
        return manifest.ToArray();
    }

    public TextModel Load()
    {
        var streams = new BoundedStreams(Open);
        streams.ReadManifest();
        return new TextModel(TextModelFile.Load(streams, TestDevice.Current, _streams.Keys));
    }

    private bool Open(string name, Action<Stream> read)
    {
        if (!_streams.TryGetValue(name, out byte[]? content))
            return false;
        read(new MemoryStream(content));
        return true;
    }
}
