using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>
/// Reads a safetensors file of any size, from the disk or from memory. The header is checked whole before anything is read, so that a
/// damaged or hostile file is refused on opening.
/// </summary>
/// <remarks>Thread-safe for reading. Dispose closes the file; tensors read from it stay valid.</remarks>
internal sealed class SafeTensorsFile : ITensorSource, IDisposable
{
    private readonly TensorStorage _storage;
    private readonly long _dataStart;
    private readonly Dictionary<string, TensorEntry> _tensors;

    private SafeTensorsFile(string description, TensorStorage storage, long dataStart, SafeTensorsHeader header)
    {
        Description = description;
        _storage = storage;
        _dataStart = dataStart;
        _tensors = header.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Names = [.. header.Tensors.Select(tensor => tensor.Name)];
        Metadata = header.Metadata;
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names { get; }

    /// <summary>The texts under <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file; its tensors are read when they are asked for.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not valid; the message says why.</exception>
    public static SafeTensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"The safetensors file '{path}' does not exist.", path);
        string emptiness = $" (fewer than the {SafeTensorsHeader.PrefixLength} bytes of the header's length)";
        return FromStorage(new FileStorage(RegularFile.Open(path, emptiness)), path);
    }

    /// <summary>Opens a file that is in memory.</summary>
    /// <param name="content">The whole file; must not change while this is in use.</param>
    /// <param name="description">What it is, for messages.</param>
    /// <exception cref="InvalidDataException">The content is not valid; the message says why.</exception>
    public static SafeTensorsFile FromBytes(ReadOnlyMemory<byte> content, string description)
    {
        ArgumentException.ThrowIfNullOrEmpty(description);
        return FromStorage(new MemoryStorage(content), description);
    }

    /// <summary>Reads the header out of bytes that are somewhere, and takes over these.</summary>
    /// <exception cref="InvalidDataException">The content is not valid; the message says why.</exception>
    internal static SafeTensorsFile FromStorage(TensorStorage storage, string description)
    {
        try
        {
            Span<byte> prefix = stackalloc byte[(int)Math.Min(SafeTensorsHeader.PrefixLength, storage.Length)];
            storage.CopyTo(0, prefix);
            var text = new byte[SafeTensorsHeader.TextLength(prefix, storage.Length, description)];
            storage.CopyTo(prefix.Length, text);
            long dataStart = prefix.Length + text.Length;
            return new SafeTensorsFile(
                description, storage, dataStart, SafeTensorsHeader.Parse(text, storage.Length - dataStart, description));
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <inheritdoc/>
    public ReadOnlySpan<long> Shape(string name) => Find(name).Shape;

    /// <inheritdoc/>
    public TensorDataType DataType(string name) => Find(name).DataType;

    /// <inheritdoc/>
    public void CopyTo(string name, Span<byte> destination)
    {
        TensorEntry tensor = Find(name);
        if (destination.Length != tensor.ByteCount)
            throw new ArgumentException(
                $"Tensor '{name}' has {tensor.ByteCount} bytes; the destination has {destination.Length}.", nameof(destination));
        if (!destination.IsEmpty)
            _storage.CopyTo(_dataStart + tensor.Begin, destination);
    }

    /// <inheritdoc/>
    public void CopyTo(string name, long offset, Span<byte> destination)
    {
        TensorEntry tensor = Find(name);
        if (offset < 0 || offset > tensor.ByteCount - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(offset), offset,
                $"Tensor '{name}' has {tensor.ByteCount} bytes; there are no {destination.Length} at {offset}.");
        if (!destination.IsEmpty)
            _storage.CopyTo(_dataStart + tensor.Begin + offset, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _storage.Dispose();

    private TensorEntry Find(string name) => _tensors.TryGetValue(name, out TensorEntry? tensor) ? tensor : throw this.Missing(name);
}

/// <summary>The bytes of a safetensors file, wherever they are. Thread-safe.</summary>
internal abstract class TensorStorage : IDisposable
{
    /// <summary>The number of bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Copies bytes from <paramref name="offset"/> on; the caller has checked that they exist.</summary>
    public abstract void CopyTo(long offset, Span<byte> destination);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}

/// <summary>Bytes in memory.</summary>
internal sealed class MemoryStorage(ReadOnlyMemory<byte> content) : TensorStorage
{
    public override long Length => content.Length;

    public override void CopyTo(long offset, Span<byte> destination) =>
        content.Span.Slice((int)offset, destination.Length).CopyTo(destination);
}

/// <summary>
/// A file, of any size: what is asked for is read where it goes, and no second copy of it is kept. Not memory-mapped, since a mapped file
/// that is cut short while it is read ends the process.
/// </summary>
/// <param name="stream">The file; closed with this.</param>
internal sealed class FileStorage(FileStream stream) : TensorStorage
{
    public override long Length { get; } = stream.Length;

    public override void CopyTo(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(stream.SafeFileHandle, destination, offset);
            if (read == 0)
                throw new InvalidDataException($"'{stream.Name}' was cut short while it was read; it had {Length:N0} bytes.");
            offset += read;
            destination = destination[read..];
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        stream.Dispose();
    }
}
