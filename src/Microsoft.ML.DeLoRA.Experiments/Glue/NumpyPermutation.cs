namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// The numbers from 0 in the order of numpy's <c>RandomState(seed).permutation(n)</c>: the Mersenne Twister MT19937 (Matsumoto, Nishimura
/// 1998) drives a shuffle from the end, whose random places are drawn by masking and rejection.
/// </summary>
internal sealed class NumpyPermutation
{
    private const int Size = 624, Shift = 397;

    private readonly uint[] _state = new uint[Size];
    private int _next = Size;

    private NumpyPermutation(uint seed)
    {
        for (int i = 0; i < Size; i++)
        {
            _state[i] = seed;
            seed = unchecked((1812433253 * (seed ^ (seed >> 30))) + (uint)i + 1);
        }
    }

    /// <param name="count">How many numbers.</param>
    /// <param name="seed">numpy's seed.</param>
    public static int[] Create(int count, uint seed)
    {
        var random = new NumpyPermutation(seed);
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)random.AtMost((uint)i);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }

    private uint AtMost(uint maximum)
    {
        uint mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(maximum);
        uint value;
        do
            value = Draw() & mask;
        while (value > maximum);
        return value;
    }

    private uint Draw()
    {
        if (_next == Size)
            Renew();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680;
        y ^= (y << 15) & 0xEFC60000;
        return y ^ (y >> 18);
    }

    private void Renew()
    {
        for (int i = 0; i < Size; i++)
        {
            uint y = (_state[i] & 0x80000000) | (_state[(i + 1) % Size] & 0x7FFFFFFF);
            _state[i] = _state[(i + Shift) % Size] ^ (y >> 1) ^ ((y & 1) * 0x9908B0DF);
        }
        _next = 0;
    }
}
