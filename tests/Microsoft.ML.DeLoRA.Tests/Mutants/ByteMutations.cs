using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.DeLoRA.Tests.Mutants;

/// <summary>Changes of bytes and of lines, as damage and malice make them.</summary>
internal static class ByteMutations
{
    private static readonly ulong[] _numbers =
        [0, 1, 7, 8, 255, 65_535, 100_000_000, 100_000_001, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue];

    /// <summary>One to three random changes.</summary>
    /// <param name="bytes">The bytes, which stay as they are.</param>
    /// <param name="random">Says what is changed.</param>
    /// <param name="changed">Told what was changed.</param>
    public static byte[] Mutate(byte[] bytes, Random random, Action<string> changed) => Repeat(bytes, random, changed, Once);

    /// <summary>The same with changes of a text's lines among them.</summary>
    public static byte[] MutateLines(byte[] bytes, Random random, Action<string> changed) => Repeat(bytes, random, changed, OnceInLines);

    private static byte[] Repeat(byte[] bytes, Random random, Action<string> changed,
        Func<byte[], Random, (byte[] Bytes, string Change)> once)
    {
        for (int changes = ((int[])[1, 1, 1, 2, 3])[random.Next(5)]; changes > 0; changes--)
        {
            (bytes, string change) = once(bytes, random);
            changed(change);
        }
        return bytes;
    }

    private static (byte[] Bytes, string Change) Once(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
            return ([(byte)random.Next(256)], "one byte");
        // Heads matter most: lengths, headers, local entries.
        int at = random.Next(3) == 0 ? random.Next(Math.Min(bytes.Length, 64)) : random.Next(bytes.Length);
        int length =
            Math.Min(bytes.Length - at, random.Next(3) switch { 0 => 1, 1 => random.Next(1, 16), _ => random.Next(1, bytes.Length + 1) });
        byte[] result = [.. bytes];
        switch (random.Next(8))
        {
            case 0:
            case 1:
                result[at] ^= (byte)(1 << random.Next(8));
                return (result, $"bit of byte {at}");
            case 2:
                result[at] = (byte)random.Next(256);
                return (result, $"byte {at}");
            case 3:
                return (bytes[..at], $"cut at {at}");
            case 4:
                return ([.. bytes[..at], .. bytes[(at + length)..]], $"{length} bytes taken out at {at}");
            case 5:
                return ([.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]], $"{length} bytes doubled at {at}");
            case 6:
                byte[] inserted = new byte[random.Next(1, 64)];
                random.NextBytes(inserted);
                return ([.. bytes[..at], .. inserted, .. bytes[at..]], $"{inserted.Length} bytes put in at {at}");
            default:
                Span<byte> number = stackalloc byte[8];
                ulong value = _numbers[random.Next(_numbers.Length)];
                BinaryPrimitives.WriteUInt64LittleEndian(number, value);
                number = number[..Math.Min(random.Next(2) == 0 ? 4 : 8, bytes.Length - at)];
                number.CopyTo(result.AsSpan(at));
                return (result, $"{number.Length} bytes of {value} at {at}");
        }
    }

    private static (byte[] Bytes, string Change) OnceInLines(byte[] bytes, Random random)
    {
        List<string> lines = [.. Encoding.UTF8.GetString(bytes).Split('\n')];
        int at = random.Next(lines.Count), other = random.Next(lines.Count);
        string change;
        switch (random.Next(10))
        {
            case 0:
                (change, _) = ($"line {at} deleted", lines.Remove(lines[at]));
                break;
            case 1:
                change = $"line {at} doubled";
                lines.Insert(other, lines[at]);
                break;
            case 2:
                change = $"lines {at} and {other} swapped";
                (lines[at], lines[other]) = (lines[other], lines[at]);
                break;
            case 3:
                change = $"lines {at} and {other} joined";
                lines[at] += (random.Next(2) == 0 ? " " : "") + lines[other];
                break;
            case 4:
                change = $"line {at} made long";
                lines[at] = string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "a" : "a ", 100_000));
                break;
            case 5:
                change = "100,000 lines";
                lines.AddRange(Enumerable.Repeat(lines[at].Length < 100 ? lines[at] : "", 100_000));
                break;
            case 6:
                change = $"line {at} hostile";
                lines[at] = ((string[])["", " ", "\r", "\0", "\uFEFF", "a", "a  b", " a b", "a b ", "#version: 9", "<s> <mask>", "\u0120 a",
                    "\ud7ff a"])[random.Next(13)];
                break;
            default:
                return Once(bytes, random);
        }
        return (Encoding.UTF8.GetBytes(string.Join('\n', lines)), change);
    }
}
