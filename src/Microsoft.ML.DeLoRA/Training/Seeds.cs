namespace Microsoft.ML.DeLoRA.Training;

/// <summary>What random numbers of a run are for.</summary>
internal enum SeedPurpose
{
    /// <summary>The head's initial values.</summary>
    Head,

    /// <summary>The adapters' initial values.</summary>
    Adapters,

    /// <summary>The order of the training rows.</summary>
    Order,

    /// <summary>What dropout drops.</summary>
    Dropout,

    /// <summary>Which rows are held back for validation.</summary>
    ValidationSplit,
}

/// <summary>
/// The seeds of a run's random sources, out of the user's one: generators that start from the same seed draw the same numbers, so that a
/// head and an adapter would begin with the same values in another scale.
/// </summary>
internal static class Seeds
{
    /// <summary>The seed for one purpose, from 0 to 2^31 - 1; equal on every machine.</summary>
    public static int For(long seed, SeedPurpose purpose)
        => (int)(Mixed(Mixed(unchecked((ulong)seed)) + (ulong)purpose) >> 33);

    // A step of splitmix64 (Steele, Lea, Flood 2014).
    private static ulong Mixed(ulong value)
    {
        ulong z = value + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
