using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Training;

public class TrainingDataTests
{
    [Fact]
    public void Targets_that_do_not_fit_are_refused()
    {
        var two = Texts.Of([[0, 2], [0, 5, 2]]);
        Assert.Contains("2 texts but 1", Assert.Throws<ArgumentException>(() => TrainingData.Classification(two, [0], 2)).Message);
        Assert.Contains("row 1 is 2", Assert.Throws<ArgumentException>(() => TrainingData.Classification(two, [0, 2], 2)).Message);
        Assert.Contains("row 0 is -1", Assert.Throws<ArgumentException>(() => TrainingData.Classification(two, [-1, 1], 2)).Message);
        Assert.Contains("row 1 is NaN", Assert.Throws<ArgumentException>(() => TrainingData.Regression(two, [0, float.NaN])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => TrainingData.Classification(two, [0, 0], 1));
        Assert.Throws<ArgumentException>(() => TrainingData.Regression(Texts.Of([]), []));
    }

    [Fact]
    public void Length_sorted_batches_hold_every_row_once_and_no_more_tokens_than_allowed()
    {
        var random = new Random(1);
        int[] lengths = [.. Enumerable.Range(0, 200).Select(_ => random.Next(1, 60)), 500];
        int[][] batches = [.. LengthSortedBatches.Create(lengths.Length, r => lengths[r], maxTokens: 100)];
        Assert.Equal(Enumerable.Range(0, lengths.Length), batches.SelectMany(b => b).Order());
        Assert.All(batches.Where(b => b.Length > 1), b => Assert.InRange(b.Sum(r => lengths[r]), 1, 100));
        int[] sorted = [.. batches.SelectMany(b => b).Select(r => lengths[r])];
        Assert.Equal(sorted.OrderDescending(), sorted);
        Assert.Equal([200], batches[0]);
        Assert.Empty(LengthSortedBatches.Create(0, _ => 1));
    }
}
