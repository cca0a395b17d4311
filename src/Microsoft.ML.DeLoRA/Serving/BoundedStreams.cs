using System.Text.Json;

namespace Microsoft.ML.DeLoRA.Serving;

/// <summary>Reads named streams of a file from outside: never more than a limit, never memory for bytes that do not come.</summary>
/// <param name="open">Opens the stream of a name and hands it over; false when there is none.</param>
internal sealed class BoundedStreams(Func<string, Action<Stream>, bool> open)
{
    /// <summary>No configuration or vocabulary is near this.</summary>
    public const int LargestText = 100_000_000;

    /// <summary>What the JSON of a stream says.</summary>
    /// <exception cref="InvalidDataException">There is no such stream, it is too long, or not the JSON that is expected.</exception>
    public T RequireJson<T>(string name, Func<ReadOnlySpan<byte>, T> read) => ParseJson(name, Require(name, LargestText), read);

    /// <summary>The same; the default value when there is no such stream.</summary>
    public T? FindJson<T>(string name, Func<ReadOnlySpan<byte>, T> read)
        => Find(name, LargestText) is { } content ? ParseJson(name, content, read) : default;

    /// <summary>The whole content.</summary>
    /// <exception cref="InvalidDataException">There is no such stream, or it is longer.</exception>
    public ReadOnlyMemory<byte> Require(string name, int limit)
        => Find(name, limit) ?? throw new InvalidDataException($"The model file is damaged: it lacks '{name}'.");

    /// <summary>The whole content, or null when there is no such stream.</summary>
    /// <exception cref="InvalidDataException">It is longer.</exception>
    public ReadOnlyMemory<byte>? Find(string name, int limit)
    {
        ReadOnlyMemory<byte>? content = null;
        return open(name, stream => content = Read(stream, name, limit)) ? content : null;
    }

    private static T ParseJson<T>(string name, ReadOnlyMemory<byte> content, Func<ReadOnlySpan<byte>, T> read)
    {
        try
        {
            return read(content.Span);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The model file is damaged: {name}: {e.Message}", e);
        }
    }

    private static ReadOnlyMemory<byte> Read(Stream stream, string name, int limit)
    {
        // A stream that knows its length has its bytes; what a compressed one claims is worth nothing.
        int expected = stream.CanSeek ? (int)Math.Min(stream.Length, limit) : 0;
        using var content = new MemoryStream(expected);
        var block = new byte[81_920];
        for (int read; (read = stream.Read(block)) > 0;)
        {
            if (content.Length + read > limit)
                throw new InvalidDataException($"The model file is damaged: '{name}' has more than {limit:N0} bytes.");
            content.Write(block, 0, read);
        }
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
