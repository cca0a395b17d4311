using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>
/// Writes a safetensors file exactly as Hugging Face's library does: tensors by type (wider ones first), then by name, and
/// the header padded to 8 bytes.
/// </summary>
/// <remarks>
/// Tensors and arrays are read when the file is written, not when they are added: keep them alive, and unchanged, until then.
/// Not thread-safe.
/// </remarks>
internal sealed class SafeTensorsWriter
{
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(TensorEntry Entry, Action<Stream> Write)> _tensors = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Texts to store under <c>__metadata__</c>; <c>format: pt</c>, which Hugging Face expects, is there from the start.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" };

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="tensor">The tensor, on any device; stays the caller's.</param>
    /// <param name="dataType">The type to store it in; null keeps the tensor's own.</param>
    /// <exception cref="ArgumentException">The name is empty or already taken.</exception>
    public void Add(string name, torch.Tensor tensor, TensorDataType? dataType = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        TensorDataType type = dataType ?? TensorDataTypes.From(tensor.dtype);
        Add(name, type, tensor.shape, stream => TensorChunks.Read(tensor, type, stream.Write));
    }

    /// <summary>Adds float32 values, row-major.</summary>
    /// <exception cref="ArgumentException">The name is empty or already taken, or the number of values does not fit the shape.</exception>
    public void Add(string name, float[] values, params long[] shape) => AddValues(name, TensorDataType.Float32, values, shape);

    /// <summary>Adds int64 values, row-major.</summary>
    /// <exception cref="ArgumentException">The name is empty or already taken, or the number of values does not fit the shape.</exception>
    public void Add(string name, long[] values, params long[] shape) => AddValues(name, TensorDataType.Int64, values, shape);

    /// <summary>Adds a tensor of any type by its bytes: row-major, little-endian.</summary>
    /// <exception cref="ArgumentException">The name is empty or already taken, or the number of bytes does not fit the shape.</exception>
    public void AddBytes(string name, TensorDataType dataType, ReadOnlyMemory<byte> bytes, params long[] shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        AddBytes(name, dataType, [bytes], shape);
    }

    /// <summary>Adds a tensor of any type and size by its bytes, which lie in several pieces.</summary>
    internal void AddBytes(string name, TensorDataType dataType, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long[] shape)
    {
        CheckCount(name, pieces.Sum(piece => (long)piece.Length), dataType, shape);
        Add(name, dataType, shape, stream =>
        {
            foreach (ReadOnlyMemory<byte> piece in pieces)
                stream.Write(piece.Span);
        });
    }

    /// <summary>Writes the file to a temporary name beside <paramref name="path"/>, flushes it, and renames it.</summary>
    /// <exception cref="DirectoryNotFoundException">The directory does not exist.</exception>
    public void Save(string path) => AtomicFile.Write(path, Write);

    /// <summary>Writes the file to a stream, which stays open.</summary>
    public void Write(Stream stream) => WriteSummed(stream);

    /// <summary>The same; gives the CRC-32C of each tensor's bytes.</summary>
    internal IReadOnlyList<(TensorEntry Entry, uint Checksum)> WriteSummed(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var sorted = _tensors
            .OrderByDescending(tensor => tensor.Entry.DataType)
            .ThenBy(tensor => tensor.Entry.Name, StringComparer.Ordinal)
            .ToList();
        byte[] header = Header(sorted.Select(tensor => tensor.Entry));
        Span<byte> prefix = stackalloc byte[SafeTensorsHeader.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        stream.Write(header);
        using var summed = new ChecksumStream(stream);
        var sums = new List<(TensorEntry, uint)>(sorted.Count);
        foreach ((TensorEntry entry, Action<Stream> write) in sorted)
        {
            summed.Restart();
            write(summed);
            sums.Add((entry, summed.Checksum));
        }
        return sums;
    }

    /// <summary>
    /// As <see cref="Save"/>, with a checksum over all metadata, names, types, shapes and values among the metadata, which
    /// <see cref="SafeTensorsChecksum.Require"/> checks. Values are read twice.
    /// </summary>
    internal void SaveWithChecksum(string path)
    {
        using var checksum = new SafeTensorsChecksum(Metadata);
        foreach ((TensorEntry entry, Action<Stream> write) in _tensors.OrderBy(tensor => tensor.Entry.Name, StringComparer.Ordinal))
            checksum.Append(entry.Name, entry.DataType, entry.Shape, write);
        Metadata[SafeTensorsChecksum.Key] = checksum.ToString();
        Save(path);
    }

    private static void CheckCount(string name, long bytes, TensorDataType dataType, ReadOnlySpan<long> shape)
    {
        foreach (long dimension in shape)
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(shape));
        if (Shapes.ByteCount(shape, dataType) != bytes)
            throw new ArgumentException($"Tensor '{name}' of {dataType.FileName()} {Shapes.Format(shape)} needs "
                + $"{Shapes.ByteCount(shape, dataType)} bytes, but {bytes} are given.");
    }

    private void AddValues<T>(string name, TensorDataType dataType, T[] values, long[] shape)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(shape);
        CheckCount(name, values.LongLength * dataType.Size(), dataType, shape);
        Add(name, dataType, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
    }

    private void Add(string name, TensorDataType dataType, long[] shape, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name == SafeTensorsHeaderReader.MetadataName)
            throw new ArgumentException($"'{name}' is no name for a tensor; texts go to {nameof(Metadata)}.", nameof(name));
        if (!_names.Add(name))
            throw new ArgumentException($"There is already a tensor '{name}'.", nameof(name));
        _tensors.Add((new TensorEntry(name, dataType, shape, 0, Shapes.ByteCount(shape, dataType)), write));
    }

    private byte[] Header(IEnumerable<TensorEntry> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, JsonOptions))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
                WriteMetadata(json);
            long position = 0;
            foreach (TensorEntry tensor in tensors)
            {
                WriteTensor(json, tensor, position);
                position = checked(position + tensor.ByteCount);
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        json.WriteStartObject(SafeTensorsHeaderReader.MetadataName);
        foreach (var (key, value) in Metadata)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, TensorEntry tensor, long begin)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.DataType.FileName());
        json.WriteStartArray("shape");
        foreach (long dimension in tensor.Shape)
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(begin + tensor.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
