using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.ML.DeLoRA.IO;
using Tensorboard;

namespace Microsoft.ML.DeLoRA.Training.Logs;

/// <summary>
/// TensorBoard's records. An event is a protocol buffer (tensorflow/core/util/event.proto), whose messages TorchSharp brings along; a
/// record (TFRecord) is its length as 8 bytes, a masked checksum of these, the event, a masked checksum of it. TorchSharp's own writer is
/// of no use here: it keeps time as a float, which is too coarse for a date, begins no session, and names and opens its files itself.
/// </summary>
internal static class EventRecord
{
    /// <summary>The first event of a file.</summary>
    public static byte[] FileVersion(double wallTime) => Frame(new Event { WallTime = wallTime, FileVersion = "brain.Event:2" });

    /// <summary>A run begins or goes on at a step: what older files say of this and later steps is void.</summary>
    public static byte[] Start(double wallTime, long step)
        => Frame(new Event
        {
            WallTime = wallTime,
            Step = step,
            SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start },
        });

    /// <summary>Figures by tag.</summary>
    public static byte[] Scalars(double wallTime, long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        var summary = new Summary();
        summary.Value.Add(scalars.Select(s => new Summary.Types.Value { Tag = s.Tag, SimpleValue = (float)s.Value }));
        return Frame(new Event { WallTime = wallTime, Step = step, Summary = summary });
    }

    private static byte[] Frame(Event content)
    {
        byte[] bytes = content.ToByteArray();
        var record = new byte[bytes.Length + 16];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(record.AsSpan(0, 8)));
        bytes.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + bytes.Length), Masked(bytes));
        return record;
    }

    // A checksum of data that has checksums in it is turned and moved (TensorFlow's crc32c.h).
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc32C.Append(Crc32C.Start, bytes);
        return unchecked((crc >> 15 | crc << 17) + 0xA282EAD8);
    }
}
