using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// <c>manifest.json</c> of a saved model, from version 2 on: name, length and CRC-32C of every other stream, and type, shape and checksum
/// of every tensor, so that a damaged file is found before it is used, and the damage is named.
/// </summary>
internal sealed record ModelManifest
{
    /// <summary>The manifest's own stream.</summary>
    public const string FileName = "manifest.json";

    private const int MostNamed = 3;

    private static readonly JsonSerializerOptions _json = new(SnakeCaseJson.Strict)
    {
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = false,
    };

    /// <summary>The streams by name.</summary>
    public required IReadOnlyDictionary<string, StreamEntry> Streams { get; init; }

    public void WriteTo(Stream stream) => JsonSerializer.Serialize(stream, this, _json);

    public static ModelManifest Read(ReadOnlySpan<byte> json)
    {
        ModelManifest read = JsonSerializer.Deserialize<ModelManifest>(json, _json) ?? throw new JsonException("It holds null.");
        if (read.Streams.Values.Any(s => s is null || (s.Tensors?.Values.Contains(null!) ?? false)))
            throw new JsonException("An entry is null.");
        return read;
    }

    /// <summary>Throws unless a stream is as it was written; says which of its tensors are not.</summary>
    /// <param name="name">The stream's name; it is in the manifest.</param>
    /// <param name="content">Its content.</param>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public void Require(string name, TensorStorage content)
    {
        StreamEntry expected = Streams[name];
        if (content.Length == expected.Length && Checksum(content) == expected.Crc32C)
            return;
        string fault = content.Length == expected.Length
            ? "its content does not fit its checksum"
            : $"it has {content.Length:N0} bytes where {expected.Length:N0} were written";
        throw new InvalidDataException($"The model file is damaged: '{name}' is not as it was saved: "
            + $"{fault}{Details(name, expected, content)}. Copy the file again, or save the model again.");
    }

    private static string Details(string name, StreamEntry expected, TensorStorage content)
    {
        if (expected.Tensors is null)
            return "";
        try
        {
            // Not disposed: the content is the caller's.
            string[] changes = [.. Changes(SafeTensorsFile.FromStorage(new Borrowed(content), name), expected.Tensors)];
            return changes.Length == 0
                ? "; no tensor is changed"
                : "; " + string.Join(", ", changes.Take(MostNamed))
                    + (changes.Length > MostNamed ? $" and {changes.Length - MostNamed} more" : "");
        }
        catch (InvalidDataException e)
        {
            return $"; {e.Message.TrimEnd('.')}";
        }
    }

    private static IEnumerable<string> Changes(SafeTensorsFile found, IReadOnlyDictionary<string, TensorEntry> expected)
    {
        foreach ((string tensor, TensorEntry entry) in expected)
        {
            if (!found.Contains(tensor))
                yield return $"tensor '{tensor}' is missing";
            else if (Form(found, tensor) is var form && form != entry.Form)
                yield return $"tensor '{tensor}' is {form} where {entry.Form} was written";
            else if (Checksum(found, tensor) != entry.Crc32C)
                yield return $"tensor '{tensor}' has other values";
        }
        foreach (string tensor in found.Names.Where(n => !expected.ContainsKey(n)))
            yield return $"tensor '{tensor}' was not written";
    }

    private static string Form(SafeTensorsFile file, string tensor)
        => $"{file.DataType(tensor).FileName()} {Shapes.Format(file.Shape(tensor))}";

    private static string Checksum(SafeTensorsFile file, string tensor)
    {
        using var sum = new ChecksumStream(Stream.Null);
        TensorChunks.Read(file, tensor, sum.Write);
        return Text(sum.Checksum);
    }

    private static string Checksum(TensorStorage content)
    {
        uint sum = Crc32C.Start;
        var buffer = new byte[(int)Math.Min(content.Length, TensorChunks.Size)];
        TensorChunks.ForEach(content.Length, 1, (start, count) =>
        {
            content.CopyTo(start, buffer.AsSpan(0, count));
            sum = Crc32C.Append(sum, buffer.AsSpan(0, count));
        });
        return Text(sum);
    }

    private static string Text(uint checksum) => checksum.ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>A stream.</summary>
    /// <param name="Length">Its bytes.</param>
    /// <param name="Crc32C">Their checksum: 8 hexadecimal digits.</param>
    /// <param name="Tensors">Its tensors by name; null where it is no safetensors file.</param>
    public sealed record StreamEntry(
        long Length, [property: JsonPropertyName("crc32c")] string Crc32C, IReadOnlyDictionary<string, TensorEntry>? Tensors = null);

    /// <summary>A tensor.</summary>
    /// <param name="Form">Type and shape: <c>F16 [768, 768]</c>.</param>
    /// <param name="Crc32C">The checksum of its values.</param>
    public sealed record TensorEntry(string Form, [property: JsonPropertyName("crc32c")] string Crc32C);

    /// <summary>Makes the manifest of streams while they are written.</summary>
    public sealed class Writer
    {
        private readonly Dictionary<string, StreamEntry?> _streams = new(StringComparer.Ordinal);

        /// <summary>A stream that is noted when it is written.</summary>
        public (string Name, Action<Stream> Write) Stream(string name, Action<Stream> write) => Noted(name, stream =>
        {
            write(stream);
            return null;
        });

        /// <summary>The same for a safetensors file.</summary>
        public (string Name, Action<Stream> Write) Tensors(string name, Func<SafeTensorsWriter> writer) => Noted(name, stream =>
            writer().WriteSummed(stream).ToDictionary(
                t => t.Entry.Name,
                t => new TensorEntry($"{t.Entry.DataType.FileName()} {Shapes.Format(t.Entry.Shape)}", Text(t.Checksum))));

        /// <summary>The manifest's own stream, to be written last.</summary>
        public (string Name, Action<Stream> Write) Manifest() => (FileName, stream => new ModelManifest
        {
            Streams = _streams.ToDictionary(
                s => s.Key, s => s.Value ?? throw new InvalidOperationException($"'{s.Key}' is written after the manifest.")),
        }.WriteTo(stream));

        private (string Name, Action<Stream> Write) Noted(string name, Func<Stream, Dictionary<string, TensorEntry>?> write)
        {
            _streams.Add(name, null);
            return (name, stream =>
            {
                using var counted = new ChecksumStream(stream);
                Dictionary<string, TensorEntry>? tensors = write(counted);
                _streams[name] = new StreamEntry(counted.Length, Text(counted.Checksum), tensors);
            }
            );
        }
    }

    private sealed class Borrowed(TensorStorage content) : TensorStorage
    {
        public override long Length => content.Length;

        public override void CopyTo(long offset, Span<byte> destination) => content.CopyTo(offset, destination);
    }
}
