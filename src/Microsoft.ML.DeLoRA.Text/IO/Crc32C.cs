using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeLoRA.IO;

/// <summary>CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of nothing; <see cref="Append"/> goes on from it.</summary>
    public const uint Start = 0;

    /// <summary>The checksum of what <paramref name="crc"/> is that of, followed by more bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (byte value in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}

/// <summary>Counts what is written through it to another stream, which stays open, and keeps its CRC-32C.</summary>
/// <param name="next">Where the bytes go.</param>
internal sealed class ChecksumStream(Stream next) : Stream
{
    private long _length;

    /// <summary>The checksum of what was written since the start, or since <see cref="Restart"/>.</summary>
    public uint Checksum { get; private set; } = Crc32C.Start;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>The number of bytes that were written.</summary>
    public override long Length => _length;

    public override long Position { get => _length; set => throw new NotSupportedException(); }

    /// <summary>Begins a new checksum.</summary>
    public void Restart() => Checksum = Crc32C.Start;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        next.Write(buffer);
        Checksum = Crc32C.Append(Checksum, buffer);
        _length += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => next.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
