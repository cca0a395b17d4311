using Microsoft.ML.DeLoRA.Pretraining;

namespace Microsoft.ML.DeLoRA.Tests.Cli;

public class BpeTrainerTests
{
    // Counted by hand: "ab" stands 5 + 3 times, then "abc" 5 times; "cd" stands 2 times.
    private static readonly Dictionary<string, long> s_words = new() { ["abc"] = 5, ["ab"] = 3, ["cd"] = 2, ["x"] = 9 };

    [Fact]
    public void The_most_frequent_neighbours_are_merged_first()
    {
        (IReadOnlyList<string> tokens, IReadOnlyList<(string, string)> merges) = BpeTrainer.Train(s_words, 264);

        Assert.Equal([("a", "b"), ("ab", "c"), ("c", "d")], merges);
        Assert.Equal(["ab", "abc", "cd", "<mask>"], tokens.Skip(260));
    }

    [Fact]
    public void Special_tokens_have_RoBERTas_ids()
    {
        (IReadOnlyList<string> tokens, _) = BpeTrainer.Train(s_words, 262);

        Assert.Equal(["<s>", "<pad>", "</s>", "<unk>"], tokens.Take(4));
        Assert.Equal("<mask>", tokens[^1]);
        Assert.Equal(262, tokens.Count);
    }

    [Fact]
    public void A_pair_that_occurs_once_is_not_merged()
    {
        (IReadOnlyList<string> tokens, IReadOnlyList<(string, string)> merges) = BpeTrainer.Train([new("zq", 1)], 300);

        Assert.Empty(merges);
        Assert.Equal(261, tokens.Count);
    }

    [Fact]
    public void Overlapping_pairs_are_counted_as_they_are_merged()
    {
        (_, IReadOnlyList<(string, string)> merges) = BpeTrainer.Train([new("aaaa", 4)], 300);

        Assert.Equal([("a", "a"), ("aa", "aa")], merges);
    }

    [Fact]
    public void A_vocabulary_without_room_for_merges_is_refused()
        => Assert.Throws<ArgumentOutOfRangeException>(() => BpeTrainer.Train(s_words, 261));
}
