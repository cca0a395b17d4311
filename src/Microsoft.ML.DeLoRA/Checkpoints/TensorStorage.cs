using System.IO.MemoryMappedFiles;

namespace Microsoft.ML.DeLoRA.Checkpoints;

/// <summary>The bytes of a safetensors file, wherever they are. Thread-safe.</summary>
internal abstract class TensorStorage : IDisposable
{
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
    public override void CopyTo(long offset, Span<byte> destination) =>
        content.Span.Slice((int)offset, destination.Length).CopyTo(destination);
}

/// <summary>A memory-mapped file: only what is read is loaded, and no second copy of it is kept.</summary>
internal sealed class MappedStorage : TensorStorage
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public MappedStorage(FileStream stream)
    {
        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    public override unsafe void CopyTo(long offset, Span<byte> destination)
    {
        byte* start = null;
        // Holds the view open while bytes are copied; throws ObjectDisposedException once it is closed.
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            new ReadOnlySpan<byte>(start + _view.PointerOffset + offset, destination.Length).CopyTo(destination);
        }
        finally
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    public override void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
