using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// Reads named streams of a file from outside: never more than a limit, never memory for bytes that do not come, and, where the file has a
/// <see cref="ModelManifest"/>, never one that is not as it was written.
/// </summary>
/// <param name="open">Opens the stream of a name and hands it over; false when there is none.</param>
internal sealed class BoundedStreams(Func<string, Action<Stream>, bool> open)
{
    // What is larger and is no file already goes through a temporary one.
    private const int LargestInMemory = 1 << 24;

    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private ModelManifest? _manifest;

    /// <summary>True when the streams are checked against checksums.</summary>
    public bool HasManifest => _manifest is not null;

    /// <summary>Reads the manifest, if there is one; what is read from then on is checked.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public void ReadManifest() => _manifest = FindJson(ModelManifest.FileName, ModelManifest.Read);

    /// <summary>Throws when the manifest names a stream that nobody read, or when there are others than it names.</summary>
    /// <param name="all">The names of all streams that there are; null: nobody knows.</param>
    /// <exception cref="InvalidDataException">One of the two.</exception>
    public void RequireNoOthers(IEnumerable<string>? all = null)
    {
        if (_manifest is null)
            return;
        if (all?.FirstOrDefault(n => n != ModelManifest.FileName && !_manifest.Streams.ContainsKey(n)) is { } other)
            throw Damaged($"it has a '{other}', which its {ModelManifest.FileName} does not name");
        if (_manifest.Streams.Keys.FirstOrDefault(n => !_read.Contains(n)) is { } unread)
            throw Damaged($"its {ModelManifest.FileName} names '{unread}', which such a model does not have");
    }

    /// <summary>What the JSON of a stream says.</summary>
    /// <exception cref="InvalidDataException">There is no such stream, it is too long, or not the JSON that is expected.</exception>
    public T RequireJson<T>(string name, Func<ReadOnlySpan<byte>, T> read) => ParseJson(name, Require(name, RegularFile.LargestText), read);

    /// <summary>The same; the default value when there is no such stream.</summary>
    public T? FindJson<T>(string name, Func<ReadOnlySpan<byte>, T> read, int limit = RegularFile.LargestText)
        => Find(name, limit) is { } content ? ParseJson(name, content, read) : default;

    /// <summary>The whole content.</summary>
    /// <exception cref="InvalidDataException">There is no such stream, it is longer, or it is damaged.</exception>
    public ReadOnlyMemory<byte> Require(string name, int limit) => Find(name, limit) ?? throw Lacks(name);

    /// <summary>The whole content, or null when there is no such stream.</summary>
    /// <exception cref="InvalidDataException">It is longer, or it is damaged.</exception>
    public ReadOnlyMemory<byte>? Find(string name, int limit)
    {
        ReadOnlyMemory<byte>? content = null;
        Open(name, stream => content = Read(stream, name, limit, limit, out _));
        if (content is { } found)
            Check(name, new MemoryStorage(found));
        return content;
    }

    /// <summary>
    /// The tensors of a safetensors file of any size; they are read when they are asked for. The caller disposes it before the file is
    /// closed that the streams are of.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no such stream, it has more bytes than the limit, or it is damaged.</exception>
    public SafeTensorsFile RequireTensors(string name, long limit)
    {
        TensorStorage? content = null;
        try
        {
            if (!Open(name, stream => content = Store(stream, name, limit)))
                throw Lacks(name);
            Check(name, content!);
        }
        catch
        {
            content?.Dispose();
            throw;
        }
        return SafeTensorsFile.FromStorage(content!, name);
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

    private bool Open(string name, Action<Stream> read)
    {
        bool found = open(name, read);
        _read.Add(name);
        bool named = _manifest?.Streams.ContainsKey(name) ?? found;
        if (found && !named)
            throw Damaged($"it has a '{name}', which its {ModelManifest.FileName} does not name");
        if (named && !found)
            throw Lacks(name);
        return found;
    }

    private void Check(string name, TensorStorage content) => _manifest?.Require(name, content);

    // ML.NET unpacks a model file's parts into temporary files, which are there until it has the model.
    private static TensorStorage Store(Stream stream, string name, long limit)
    {
        if (stream is FileStream { Position: 0 } unpacked && File.Exists(unpacked.Name))
        {
            var file = new FileStorage(new FileStream(unpacked.Name, FileMode.Open, FileAccess.Read, FileShare.Read));
            if (file.Length <= limit)
                return file;
            file.Dispose();
            throw TooLong(name, limit);
        }
        ReadOnlyMemory<byte> first = Read(stream, name, Math.Min(LargestInMemory, limit), limit, out bool whole);
        if (whole)
            return new MemoryStorage(first);
        string path = Path.Combine(Path.GetTempPath(), $"delora-{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = new FileStream(path, options);
        try
        {
            temporary.Write(first.Span);
            BoundedRead.Copy(stream, temporary, limit, () => TooLong(name, limit));
            return new FileStorage(temporary);
        }
        catch
        {
            temporary.Dispose();
            throw;
        }
    }

    // Stops after the block that goes beyond what is wanted.
    private static ReadOnlyMemory<byte> Read(Stream stream, string name, long wanted, long limit, out bool whole)
    {
        // A stream that knows its length has its bytes; what a compressed one claims is worth nothing.
        int expected = stream.CanSeek ? (int)Math.Min(stream.Length - stream.Position, wanted) : 0;
        using var content = new MemoryStream(expected);
        whole = BoundedRead.Copy(stream, content, limit, () => TooLong(name, limit), _ => content.Length > wanted);
        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    private static InvalidDataException TooLong(string name, long limit) => Damaged($"'{name}' has more than {limit:N0} bytes");

    private static InvalidDataException Lacks(string name) => Damaged($"it lacks '{name}'");

    private static InvalidDataException Damaged(string fault) => new($"The model file is damaged: {fault}.");
}
