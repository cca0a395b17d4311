using Microsoft.ML.DeLoRA.Tests.Text;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Tokenization;

namespace Microsoft.ML.DeLoRA.Tests.Tokenization;

public class TokenizedDatasetTests
{
    private static readonly RobertaTokenizer Tokenizer = SmallVocabulary.Random("abc", mergeCount: 30, seed: 7).ToTokenizer();

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(255, true)]
    [InlineData(256, false)]
    [InlineData(1500, true)]
    public void HoldsEveryRowInOrder(int count, bool pairs)
    {
        List<string> texts = Texts(count, seed: 1), seconds = Texts(count, seed: 2);
        TokenizedDataset dataset = TokenizedDataset.Create(Tokenizer, texts, pairs ? seconds : null, maxLength: 12);
        Assert.Equal(count, dataset.Count);
        int truncated = 0, tokens = 0;
        for (int row = 0; row < count; row++)
        {
            Encoded expected = Tokenizer.Encode(texts[row], pairs ? seconds[row] : null, 12);
            Assert.Equal(expected.Ids, dataset.Row(row).ToArray());
            Assert.Equal(expected.Ids.Length, dataset.Length(row));
            truncated += expected.IsTruncated ? 1 : 0;
            tokens += expected.Ids.Length;
        }
        Assert.Equal(truncated, dataset.TruncatedRows);
        Assert.Equal(tokens, dataset.TokenCount);
        Assert.True(count < 100 || (truncated > 0 && truncated < count), "The rows of this test should be cut in part.");
    }

    [Fact]
    public void ProgressGrowsToTheNumberOfRows()
    {
        var reported = new Reports();
        TokenizedDataset.Create(Tokenizer, Texts(2000, seed: 3), null, 16, reported);
        Assert.Equal(reported.Order(), reported);
        Assert.Equal(2000, reported[^1]);
    }

    [Fact]
    public void CancellationStops()
    {
        using var cancellation = new CancellationTokenSource();
        var cancelAtOnce = new Reports { Reported = cancellation.Cancel };
        Assert.Throws<OperationCanceledException>(() => TokenizedDataset.Create(Tokenizer, Texts(20_000, seed: 4), null, 16, cancelAtOnce,
            cancellation.Token));
        Assert.True(cancelAtOnce[^1] < 20_000);
    }

    [Fact]
    public void TheFirstBadRowIsNamed()
    {
        List<string> texts = Texts(3000, seed: 5);
        // Row 1536 is the first that the second of two threads meets, usually before the other has come to row 700.
        texts[2900] = texts[700] = texts[1536] = "half \ud800";
        var fault = Assert.Throws<ArgumentException>(() => TokenizedDataset.Create(Tokenizer, texts, null, 16));
        Assert.StartsWith("Row 700 ", fault.Message);
        Assert.Contains("surrogate", fault.Message);
        texts[3] = null!;
        Assert.StartsWith("Row 3 ", Assert.Throws<ArgumentException>(() => TokenizedDataset.Create(Tokenizer, texts, null, 16)).Message);
        Assert.StartsWith("Row 3 ",
            Assert.Throws<ArgumentException>(() => TokenizedDataset.Create(Tokenizer, Texts(3000, seed: 5), texts, 16)).Message);
    }

    [Fact]
    public void BadArgumentsAreRefused()
    {
        Assert.Contains("2 texts",
            Assert.Throws<ArgumentException>(() => TokenizedDataset.Create(Tokenizer, ["a", "b"], ["c"], 16)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenizedDataset.Create(Tokenizer, [], null, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenizedDataset.Create(Tokenizer, [], [], 3));
    }

    private static List<string> Texts(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => new string(random.GetItems<char>("abc ", random.Next(25))))];
    }

    private sealed class Reports : List<int>, IProgress<int>
    {
        public Action? Reported { get; init; }

        public void Report(int value)
        {
            Add(value);
            Reported?.Invoke();
        }
    }
}
