using System.Numerics;

namespace Microsoft.ML;

/// <summary>MurmurHash3, 32 bits (A. Appleby, public domain), of numbers and of text.</summary>
internal static class Murmur
{
    public static uint Round(uint hash, uint word) => BitOperations.RotateLeft(hash ^ Scramble(word), 13) * 5 + 0xE6546B64;

    public static uint Hash(uint seed, uint word) => Finish(Round(seed, word) ^ sizeof(uint));

    public static uint Hash(uint seed, ulong words) => Finish(Round(Round(seed, (uint)words), (uint)(words >> 32)) ^ sizeof(ulong));

    /// <summary>
    /// The hash of the UTF-8 form of ASCII text. Other characters are packed as observed on one string of two of them: first byte highest,
    /// one or two bytes too far left, in 32-bit arithmetic that wraps.
    /// </summary>
    public static uint Hash(uint seed, ReadOnlySpan<char> text)
    {
        ulong pending = 0;
        int bits = 0;
        int length = 0;
        foreach (char c in text)
        {
            (uint bytes, int size) = c switch
            {
                <= '\x7F' => (c, 1),
                <= '\x7FF' => (0xC080 | (uint)(c & 0x7C0) << 2 | c & 0x3Fu, 2),
                _ => (0xE08080 | (uint)(c & 0xF000) << 4 | (uint)(c & 0xFC0) << 2 | c & 0x3Fu, 3),
            };
            pending |= bytes << (bits + 8 * (size - 1));
            bits += 8 * size;
            length += size;
            if (bits < 32)
                continue;
            seed = Round(seed, (uint)pending);
            pending >>= 32;
            bits -= 32;
        }
        return Finish(seed ^ Scramble((uint)pending) ^ (uint)length);
    }

    private static uint Scramble(uint word) => BitOperations.RotateLeft(word * 0xCC9E2D51, 15) * 0x1B873593;

    private static uint Finish(uint hash)
    {
        hash = (hash ^ hash >> 16) * 0x85EBCA6B;
        hash = (hash ^ hash >> 13) * 0xC2B2AE35;
        return hash ^ hash >> 16;
    }
}
