namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// Says which rows make up each step: every row exactly once per epoch, in an order that is another one in each epoch and
/// follows from the seed alone.
/// </summary>
/// <param name="rowCount">Rows of the training set.</param>
/// <param name="batchSize">Rows of one forward pass; an epoch's last batch may be smaller.</param>
/// <param name="batchesPerStep">Batches of one optimiser step; an epoch's last step may have fewer.</param>
/// <param name="seed">Seed of the order.</param>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class BatchPlanner(int rowCount, int batchSize, int batchesPerStep = 1, int seed = 0)
{
    /// <summary>Optimiser steps of one epoch.</summary>
    public int StepsPerEpoch { get; } = (int)((rowCount + (long)batchSize * batchesPerStep - 1) / ((long)batchSize * batchesPerStep));

    /// <summary>The steps of one epoch, each as batches of row numbers.</summary>
    /// <param name="epoch">The epoch; any number.</param>
    public IEnumerable<int[][]> Epoch(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, rowCount)];
        new Random(Mix(seed, epoch)).Shuffle(order);
        return order.Chunk(batchSize).Chunk(batchesPerStep);
    }

    // Random's streams of neighbouring seeds resemble each other; a mixed seed has no neighbours (the finaliser of splitmix64).
    private static int Mix(int seed, int epoch)
    {
        ulong z = ((ulong)(uint)seed << 32 | (uint)epoch) + 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return (int)(z ^ z >> 31);
    }
}
