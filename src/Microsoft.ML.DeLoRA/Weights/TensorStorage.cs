namespace Microsoft.ML.DeLoRA.Weights;

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

    public override void Dispose() => stream.Dispose();
}
