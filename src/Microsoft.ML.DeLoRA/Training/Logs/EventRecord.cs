using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Training.Logs;

/// <summary>
/// TensorBoard's records. An event is a protocol buffer (tensorflow/core/util/event.proto: wall_time = 1, step = 2, file_version = 3, summary = 5,
/// session_log = 7); a record (TFRecord) is its length as 8 bytes, a masked checksum of these, the event, a masked checksum of it.
/// </summary>
internal static class EventRecord
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    /// <summary>The first event of a file.</summary>
    public static byte[] FileVersion(double wallTime) => Frame(Event(wallTime, null, 3, Encoding.UTF8.GetBytes("brain.Event:2")));

    /// <summary>A run begins or goes on at a step: what older files say of this and later steps is void.</summary>
    public static byte[] Start(double wallTime, long step) => Frame(Event(wallTime, step, 7, [Key(1, Varint), 1]));

    /// <summary>Figures by tag.</summary>
    public static byte[] Scalars(double wallTime, long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        using var summary = new MemoryStream();
        foreach ((string tag, double value) in scalars)
        {
            using var one = new MemoryStream();
            Write(one, 1, Encoding.UTF8.GetBytes(tag));
            one.WriteByte(Key(2, Fixed32));
            WriteUInt32(one, BitConverter.SingleToUInt32Bits((float)value));
            Write(summary, 1, one.ToArray());
        }
        return Frame(Event(wallTime, step, 5, summary.ToArray()));
    }

    private static byte[] Event(double wallTime, long? step, int field, byte[] content)
    {
        using var stream = new MemoryStream();
        stream.WriteByte(Key(1, Fixed64));
        Span<byte> time = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(time, wallTime);
        stream.Write(time);
        if (step is { } number)
        {
            stream.WriteByte(Key(2, Varint));
            WriteVarint(stream, (ulong)number);
        }
        Write(stream, field, content);
        return stream.ToArray();
    }

    private static byte[] Frame(byte[] content)
    {
        var record = new byte[content.Length + 16];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(record.AsSpan(0, 8)));
        content.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + content.Length), Masked(content));
        return record;
    }

    // A checksum of data that has checksums in it is turned and moved (TensorFlow's crc32c.h).
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc32C.Append(Crc32C.Start, bytes);
        return unchecked((crc >> 15 | crc << 17) + 0xA282EAD8);
    }

    private static void Write(Stream stream, int field, byte[] content)
    {
        stream.WriteByte(Key(field, Bytes));
        WriteVarint(stream, (ulong)content.Length);
        stream.Write(content);
    }

    private static void WriteUInt32(Stream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void WriteVarint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }

    private static byte Key(int field, int wireType) => (byte)(field << 3 | wireType);
}
