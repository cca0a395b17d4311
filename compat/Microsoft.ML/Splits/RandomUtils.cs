namespace Microsoft.ML;

/// <summary>Makes the library's generators.</summary>
internal static class RandomUtils
{
    /// <summary>The same numbers for the same seed; other numbers each time for none.</summary>
    public static Random Create(int? seed) => seed is { } given ? new TauswortheHybrid((uint)given) : Create(new Random());

    /// <summary>A child generator.</summary>
    public static Random Create(Random parent) => new TauswortheHybrid(parent);
}
