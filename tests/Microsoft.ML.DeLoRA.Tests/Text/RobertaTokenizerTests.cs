using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>The tokenizer over small vocabularies that are in the repository's own hands.</summary>
public class RobertaTokenizerTests
{
    private const int Begin = 0, End = 2;

    private static readonly CodePointPreTokenizer Words = new(["<mask>"], swallowsBlanks: "<mask>");

    [Fact]
    public void LayoutOfASingleAndOfAPair()
    {
        SmallVocabulary vocabulary = SmallVocabulary.Of("a b");
        RobertaTokenizer tokenizer = vocabulary.ToTokenizer();
        int ab = vocabulary.Ids["ab"], c = vocabulary.Ids["c"];
        Assert.Equal([Begin, ab, End], tokenizer.Encode("ab", null, 10).Ids);
        Assert.Equal([Begin, ab, End, End, c, End], tokenizer.Encode("ab", "c", 10).Ids);
        Assert.Equal([Begin, End, End, End], tokenizer.Encode("", "", 10).Ids);
    }

    [Fact]
    public void IdsAreLookedUpByText()
    {
        SmallVocabulary vocabulary = SmallVocabulary.Of("a b");
        RobertaTokenizer tokenizer = vocabulary.ToTokenizer();
        Assert.Equal(vocabulary.Ids.Values.Max() + 1, tokenizer.VocabularySize);
        Assert.Equal(vocabulary.Ids["<mask>"], tokenizer.MaskId);
        Assert.Equal([tokenizer.MaskId!.Value], tokenizer.EncodeWithoutSpecialTokens("<mask>"));
    }

    [Fact]
    public void CharactersOutsideOfTheVocabularyAreUnknown()
    {
        SmallVocabulary vocabulary = SmallVocabulary.Of();
        vocabulary.Ids.Remove("q");
        RobertaTokenizer tokenizer = vocabulary.ToTokenizer();
        Assert.Equal([vocabulary.Ids["a"], tokenizer.UnknownId!.Value, vocabulary.Ids["b"]], tokenizer.EncodeWithoutSpecialTokens("aqb"));
        string longWord = new string('a', 300) + "q";
        Assert.Equal(tokenizer.UnknownId, tokenizer.EncodeWithoutSpecialTokens(longWord)[^1]);
    }

    /// <summary>Every length of first and second text, every maximum length, against Hugging Face's loop written out.</summary>
    [Fact]
    public void TruncationTakesFromTheLongerAndOnATieFromTheSecond()
    {
        RobertaTokenizer tokenizer = SmallVocabulary.Of().ToTokenizer();
        for (int first = 0; first < 9; first++)
        {
            for (int second = 0; second < 9; second++)
            {
                for (int maxLength = 4; maxLength < 22; maxLength++)
                {
                    int keptFirst = first, keptSecond = second;
                    for (int excess = first + second + 4 - maxLength; excess > 0; excess--)
                        _ = keptFirst > keptSecond ? keptFirst-- : keptSecond--;
                    Encoded encoded = tokenizer.Encode(new string('a', first), new string('b', second), maxLength);
                    Assert.Equal(tokenizer.Encode(new string('a', keptFirst), new string('b', keptSecond), 100).Ids, encoded.Ids);
                    Assert.Equal(first + second + 4 > maxLength, encoded.IsTruncated);
                }
            }
        }
    }

    [Fact]
    public void CutLongTextsGiveTheTokensOfTheWholeText()
    {
        // Blanks (U+0120) and line feeds (U+010A) merge, so that a run of white space that is cut at another place shows.
        SmallVocabulary vocabulary = SmallVocabulary.Random(
            "abc", mergeCount: 60, seed: 3, "\u0120 \u0120", "\u0120 \u010A", "\u010A \u010A", "\u0120\u010A \u010A", "\u0120 a");
        RobertaTokenizer tokenizer = vocabulary.ToTokenizer();
        var random = new Random(4);
        for (int i = 0; i < 60; i++)
        {
            string text = RandomText(random, words: 80, longWords: i % 3),
                pair = RandomText(random, words: random.Next(80), longWords: i % 2);
            int[] first = Whole(vocabulary, text), second = Whole(vocabulary, pair);
            Assert.Equal(first, tokenizer.EncodeWithoutSpecialTokens(text));
            foreach (int maxLength in (int[])[4, 5, 6, 7, 8, 9, 16, 63, 128, 512, int.MaxValue])
            {
                Assert.Equal([Begin, .. first.Take(maxLength - 2), End], tokenizer.Encode(text, null, maxLength).Ids);
                int keptFirst = first.Length, keptSecond = second.Length;
                while ((long)keptFirst + keptSecond + 4 > maxLength)
                    _ = keptFirst > keptSecond ? keptFirst-- : keptSecond--;
                Encoded encoded = tokenizer.Encode(text, pair, maxLength);
                Assert.Equal([Begin, .. first[..keptFirst], End, End, .. second[..keptSecond], End], encoded.Ids);
                Assert.Equal(keptFirst + keptSecond < first.Length + second.Length, encoded.IsTruncated);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void LongWordsAreEncodedAsTheSlowAlgorithmDoes(int seed)
    {
        SmallVocabulary vocabulary = SmallVocabulary.Random("abd", mergeCount: 40, seed);
        var encoder = new LongWordEncoder(vocabulary.Ids, vocabulary.Merges, unknownId: 3);
        var random = new Random(seed);
        foreach (int length in (int[])[1, 2, 3, 10, 400, 1500])
        {
            string word = new(random.GetItems<char>("abdé", length));
            Assert.Equal(vocabulary.EncodeWordSlowly(word), encoder.Encode(word));
        }
        Assert.Equal(vocabulary.EncodeWordSlowly(new string('a', 999)), encoder.Encode(new string('a', 999)));
    }

    /// <summary>The quadratic way needs minutes for this; no time is asserted, the test would just be felt.</summary>
    [Fact]
    public void AMillionLettersWithoutABlank()
    {
        RobertaTokenizer tokenizer = SmallVocabulary.Of("a a", "aa aa").ToTokenizer();
        Assert.Equal(250_000, tokenizer.EncodeWithoutSpecialTokens(new string('a', 1_000_000)).Length);
        Assert.True(tokenizer.Encode(new string('a', 1_000_000), null, 128).IsTruncated);
    }

    /// <summary>A loop, because attributes cannot hold such strings.</summary>
    [Fact]
    public void HalfASurrogatePairIsRefusedWithItsPosition()
    {
        RobertaTokenizer tokenizer = SmallVocabulary.Of().ToTokenizer();
        foreach (var (text, position) in new[] { ("\ud800", 0), ("ab\udc00", 2), ("\U0001D49C\ud835", 2), ("\ud835\ud835\udc9c", 0) })
        {
            Assert.Contains($"position {position} ", Assert.Throws<ArgumentException>(() => tokenizer.Encode(text, null, 8)).Message);
            Assert.Throws<ArgumentException>(() => tokenizer.Encode(new string('a', 5000) + text, null, 8));
        }
    }

    [Fact]
    public void BadArgumentsAreRefused()
    {
        RobertaTokenizer tokenizer = SmallVocabulary.Of().ToTokenizer();
        Assert.Throws<ArgumentNullException>(() => tokenizer.Encode(null!, null, 8));
        Assert.Throws<ArgumentNullException>(() => tokenizer.EncodeWithoutSpecialTokens(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("a", null, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("a", "b", 3));
        Assert.Equal([Begin, End], tokenizer.Encode("a", null, 2).Ids);
    }

    [Fact]
    public void ManyThreadsGetTheSameIds()
    {
        RobertaTokenizer tokenizer = SmallVocabulary.Random("abc", mergeCount: 60, seed: 5).ToTokenizer();
        var random = new Random(6);
        List<string> texts = [.. Enumerable.Range(0, 200).Select(_ => RandomText(random, words: 20, longWords: 1))];
        List<int[]> expected = [.. texts.Select(tokenizer.EncodeWithoutSpecialTokens)];
        RobertaTokenizer fresh = RobertaTokenizer.FromContents(tokenizer.VocabularyContent, tokenizer.MergesContent);
        Assert.Equal(expected, texts.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(fresh.EncodeWithoutSpecialTokens));
    }

    [Fact]
    public void ReadsADirectoryAndKeepsItsContents()
    {
        using var directory = new TemporaryDirectory();
        SmallVocabulary vocabulary = SmallVocabulary.Of("a b");
        File.WriteAllBytes(directory["vocab.json"], vocabulary.VocabularyContent);
        File.WriteAllBytes(directory["merges.txt"], vocabulary.MergesContent);
        RobertaTokenizer tokenizer = RobertaTokenizer.FromDirectory(directory.Path);
        Assert.Equal(vocabulary.VocabularyContent, tokenizer.VocabularyContent.ToArray());
        Assert.Equal(vocabulary.MergesContent, tokenizer.MergesContent.ToArray());
    }

    private static string RandomText(Random random, int words, int longWords)
    {
        List<string> parts = [.. Enumerable.Range(0, words).Select(_ => new string(random.GetItems<char>("abc", random.Next(1, 9))))];
        for (int i = 0; i < longWords; i++)
            parts.Insert(random.Next(parts.Count + 1), new string(random.GetItems<char>("abc", random.Next(250, 400))));
        return string.Concat(parts.Select(part => part + random.GetItems<string>([" ", "  ", "\n", " \n\n", "' ", " <mask>"], 1)[0]));
    }

    private static int[] Whole(SmallVocabulary vocabulary, string text) =>
        [.. Words.PreTokenize(text)
            .Select(((int Offset, int Length) word) => text.Substring(word.Offset, word.Length))
            .SelectMany(word => word == "<mask>" ? [vocabulary.Ids[word]] : vocabulary.EncodeWordSlowly(word))];
}
