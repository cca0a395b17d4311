namespace Microsoft.ML.DeLoRA.Serving;

/// <summary>Reads named streams of a file from outside: never more than a limit, never memory for bytes that do not come.</summary>
/// <param name="open">Opens the stream of a name and hands it over; false when there is none.</param>
internal sealed class BoundedStreams(Func<string, Action<Stream>, bool> open)
{
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
