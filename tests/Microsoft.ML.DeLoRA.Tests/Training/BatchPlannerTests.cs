using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Training;

public class BatchPlannerTests
{
    [Theory]
    [InlineData(103, 8, 1)]
    [InlineData(103, 8, 3)]
    [InlineData(5, 8, 2)]
    [InlineData(24, 8, 3)]
    [InlineData(1, 1, 1)]
    public void Every_row_comes_exactly_once_per_epoch(int rows, int batchSize, int batchesPerStep)
    {
        var planner = new BatchPlanner(rows, batchSize, batchesPerStep, seed: 4);
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            int[][][] steps = [.. planner.Epoch(epoch)];
            Assert.Equal(planner.StepsPerEpoch, steps.Length);
            Assert.Equal(Enumerable.Range(0, rows), steps.SelectMany(s => s).SelectMany(b => b).Order());
            int[][] batches = [.. steps.SelectMany(s => s)];
            Assert.All(batches[..^1], b => Assert.Equal(batchSize, b.Length));
            Assert.All(steps[..^1], s => Assert.Equal(batchesPerStep, s.Length));
        }
    }

    [Fact]
    public void Each_epoch_and_each_seed_has_an_order_of_its_own_that_repeats()
    {
        int[] Order(int seed, int epoch) => [.. new BatchPlanner(50, 50, 1, seed).Epoch(epoch).Single().Single()];
        Assert.Equal(Order(1, 1), Order(1, 1));
        int[][] orders =
            [Order(1, 1), Order(1, 2), Order(2, 1), Order(2, 2), Order(-1, 1), Order(0, 1), Order(0, 2), [.. Enumerable.Range(0, 50)]];
        for (int i = 0; i < orders.Length; i++)
            Assert.DoesNotContain(orders[..i], o => o.SequenceEqual(orders[i]));
    }

    [Fact]
    public void The_order_is_a_fair_shuffle()
    {
        // Over 4,000 epochs each of 10 rows comes first about 400 times; the deviation is 19.
        var first = new int[10];
        var planner = new BatchPlanner(10, 10, 1, seed: 3);
        for (int epoch = 0; epoch < 4000; epoch++)
            first[planner.Epoch(epoch).First()[0][0]]++;
        Assert.All(first, n => Assert.InRange(n, 400 - 95, 400 + 95));
    }
}
