using System.Text;
using System.Text.RegularExpressions;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Training.Logs;

namespace Microsoft.ML.DeLoRA.Tests.Training.Logs;

/// <summary>
/// No file of TensorFlow's own is here to compare with: the expected bytes are derived from the definitions, by other code than the
/// writer's.
/// </summary>
public class TensorBoardLogTests
{
    [Fact]
    public void The_checksum_has_the_values_of_RFC_3720()
    {
        static string Of(byte[] bytes) => Crc32C.Append(Crc32C.Start, bytes).ToString("x8");
        Assert.Equal("8a9136aa", Of(new byte[32]));
        Assert.Equal("62a8ab43", Of([.. Enumerable.Repeat((byte)0xff, 32)]));
        Assert.Equal("46dd794e", Of([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
        Assert.Equal("e3069283", Of("123456789"u8.ToArray()));
        byte[] all = [.. Enumerable.Range(0, 45).Select(i => (byte)(i * 7))];
        Assert.Equal(Of(all), Crc32C.Append(Crc32C.Append(Crc32C.Start, all.AsSpan(0, 11)), all.AsSpan(11)).ToString("x8"));
    }

    [Fact]
    public void Records_are_those_of_the_definition()
    {
        // wall_time = 1 (fixed64 1.0), file_version = 3 ("brain.Event:2").
        byte[] version = [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x1A, 13, .. "brain.Event:2"u8];
        Assert.Equal(Framed(version), EventRecord.FileVersion(1));
        // The checksum of the length 24 with which every event file begins.
        Assert.Equal([0x18, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22], EventRecord.FileVersion(1)[..12]);

        // step = 2 (varint 300), session_log = 7 { status = 1 (START = 1) }.
        Assert.Equal(Framed([0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, 0xAC, 0x02, 0x3A, 2, 0x08, 1]), EventRecord.Start(2, 300));

        // summary = 5 { value = 1 { tag = 1 "a", simple_value = 2 (fixed32 0.5) }, value { "bc", -2 } }.
        byte[] summary = [0x0A, 8, 0x0A, 1, (byte)'a', 0x15, 0, 0, 0, 0x3F, 0x0A, 9, 0x0A, 2, (byte)'b', (byte)'c', 0x15, 0, 0, 0, 0xC0];
        Assert.Equal(Framed([0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, 1, 0x2A, (byte)summary.Length, .. summary]),
            EventRecord.Scalars(2, 1, [("a", 0.5), ("bc", -2)]));
    }

    [Fact]
    public void A_run_is_a_file_of_such_records()
    {
        using var folder = new TemporaryDirectory();
        var step = new TrainingProgress(1, 2, 7, 8, 0.5, 0.25, 100, TimeSpan.Zero, null);
        using (var log = new TensorBoardLog(folder["run"]))
        {
            log.Report(step);
            log.Report(step with { Evaluation = new(1, 0.75, 0.125, 0.875) });
            log.Report(step with { FinishedEpoch = new(1, 0.75, null, null) });
        }
        string file = Assert.Single(Directory.GetFiles(folder["run"]));
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(file));
        byte[][] events = [.. Contents(File.ReadAllBytes(file))];
        Assert.Equal(5, events.Length);
        // Behind key and time (9 bytes), the step's key and number.
        Assert.All(events.Skip(1), e => Assert.Equal([0x10, 7], e[9..11]));
        Assert.Equal([0x3A, 2, 0x08, 1], events[1][11..]);
        Assert.Equal(["train/loss", "train/learning_rate", "train/rows_per_second"], Tags(events[2]));
        Assert.Equal(["train/epoch_loss", "validation/loss", "validation/metric"], Tags(events[3]));
        Assert.Equal(["train/epoch_loss"], Tags(events[4]));
        double seconds = BitConverter.ToDouble(events[2], 1);
        Assert.InRange(seconds, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 3600, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 3600);
    }

    private static string[] Tags(byte[] record)
        => [.. Regex.Matches(Encoding.Latin1.GetString(record), "(train|validation)/[a-z_]+").Select(m => m.Value)];

    private static IEnumerable<byte[]> Contents(byte[] file)
    {
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BitConverter.ToUInt64(file, at);
            byte[] content = file[(at + 12)..(at + 12 + length)];
            Assert.Equal(Framed(content), file[at..(at + 16 + length)]);
            yield return content;
            at += 16 + length;
        }
    }

    private static byte[] Framed(byte[] content)
    {
        byte[] length = BitConverter.GetBytes((ulong)content.Length);
        return [.. length, .. BitConverter.GetBytes(Masked(length)), .. content, .. BitConverter.GetBytes(Masked(content))];
    }

    // Bit by bit, from the reflected polynomial.
    private static uint Masked(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ ((crc & 1) == 1 ? 0x82F63B78 : 0);
        }
        crc = ~crc;
        return unchecked((crc >> 15 | crc << 17) + 0xA282EAD8);
    }
}
