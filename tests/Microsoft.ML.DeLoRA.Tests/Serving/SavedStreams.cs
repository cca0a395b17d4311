using Microsoft.ML.DeLoRA.Serving;

namespace Microsoft.ML.DeLoRA.Tests.Serving;

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
        foreach ((string name, Action<Stream> write) in TextModelFile.Streams(model))
        {
            using var stream = new MemoryStream();
            write(stream);
            result[name] = stream.ToArray();
        }
        return result;
    }

    public void Remove(string name) => _streams.Remove(name);

    public TextModel Load() => TextModelFile.Load(Open, TestDevice.Current);

    private bool Open(string name, Action<Stream> read)
    {
        if (!_streams.TryGetValue(name, out byte[]? content))
            return false;
        read(new MemoryStream(content));
        return true;
    }
}
