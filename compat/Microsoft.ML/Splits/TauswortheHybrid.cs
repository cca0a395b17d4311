namespace Microsoft.ML;

/// <summary>
/// Three Tausworthe generators and a linear congruential one, combined by exclusive or
/// (L. Howes, D. Thomas, GPU Gems 3, chapter 37). Every random decision of the library comes from it.
/// </summary>
internal sealed class TauswortheHybrid : Random
{
    private const double ScaleDouble = 1.0 / (1L << 32);
    private const float ScaleSingle = 1.0f / (1 << 23);

    private uint _z1;
    private uint _z2;
    private uint _z3;
    private uint _z4;

    public TauswortheHybrid(uint seed)
    {
        _z1 = seed;
        _z2 = Murmur.Round(_z1, seed);
        _z3 = Murmur.Round(_z2, seed);
        _z4 = Murmur.Round(_z3, seed);
    }

    /// <summary>Seeded by draws from another generator, which moves on by them.</summary>
    public TauswortheHybrid(Random source)
    {
        _z1 = DrawTauswortheSeed(source);
        _z2 = DrawTauswortheSeed(source);
        _z3 = DrawTauswortheSeed(source);
        _z4 = Draw(source);
    }

    public override int Next() => (int)(NextBits() & int.MaxValue);

    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (int)Scale(NextBits(), (uint)maxValue);
    }

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return (int)(minValue + Scale(NextBits(), (uint)((long)maxValue - minValue)));
    }

    public override double NextDouble() => NextBits() * ScaleDouble;

    public override float NextSingle() => (NextBits() >> 9) * ScaleSingle;

    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    public override void NextBytes(Span<byte> buffer)
    {
        uint bits = 0;
        for (int i = 0; i < buffer.Length; i++, bits >>= 8)
        {
            if (i % sizeof(uint) == 0)
                bits = NextBits();
            buffer[i] = (byte)bits;
        }
    }

    protected override double Sample() => NextDouble();

    private static long Scale(uint bits, uint range) => (long)(((ulong)bits * range) >> 32);

    /// <summary>32 random bits.</summary>
    internal uint NextBits()
    {
        _z1 = ((_z1 & 0xFFFFFFFEu) << 12) ^ (((_z1 << 13) ^ _z1) >> 19);
        _z2 = ((_z2 & 0xFFFFFFF8u) << 4) ^ (((_z2 << 2) ^ _z2) >> 25);
        _z3 = ((_z3 & 0xFFFFFFF0u) << 17) ^ (((_z3 << 3) ^ _z3) >> 11);
        _z4 = 1664525 * _z4 + 1013904223;
        return _z1 ^ _z2 ^ _z3 ^ _z4;
    }

    /// <summary>A Tausworthe component below 128 would never leave its low states.</summary>
    private static uint DrawTauswortheSeed(Random source)
    {
        while (true)
        {
            uint bits = Draw(source);
            if (bits >= 128)
                return bits;
        }
    }

    private static uint Draw(Random source) => (uint)source.Next(1 << 16) << 16 | (uint)source.Next(1 << 16);
}
