using System.Text.RegularExpressions;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

public class CodePointPreTokenizerTests
{
    private static readonly CodePointPreTokenizer Roberta = new(["<s>", "</s>", "<mask>"], swallowsBlanks: "<mask>");

    [Theory]
    [InlineData("", "")]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("it's we'll 'twas I'M", "it|'s| we|'ll| '|twas| I|'|M")]
    [InlineData("a  b", "a| | b")]
    [InlineData("a\n b\nc \n", "a|\n| b|\n|c| \n")]
    [InlineData("  ", "  ")]
    [InlineData(" x", " x")]
    [InlineData("abc123!?d", "abc|123|!?|d")]
    [InlineData("a\u00A0b", "a|\u00A0|b")]
    [InlineData("\U0001D49C\U0001D4B7\U0001D7D8!", "\U0001D49C\U0001D4B7|\U0001D7D8|!")]
    [InlineData("a<mask>b", "a|<mask>|b")]
    [InlineData("a \u2003\x1c<mask> b", "a|<mask>| b")]
    [InlineData(" <mask>  <mask>", "<mask>|<mask>")]
    [InlineData("a <s>b</s>", "a| |<s>|b|</s>")]
    [InlineData("<mas k>", "<|mas| k|>")]
    public void CutsText(string text, string words)
        => Assert.Equal(words.Split('|', StringSplitOptions.RemoveEmptyEntries), Words(Roberta, text));

    [Fact]
    public void TheLongestSpecialTokenAtAPlaceWins() =>
        Assert.Equal(["a", "<x>y", "b", "<x>"], Words(new CodePointPreTokenizer(["<x>", "<x>y"]), "a<x>yb<x>"));

    [Fact]
    public void BothOverloadsAgree() =>
        Assert.Equal(Roberta.PreTokenize("a <mask> it's 12"), Roberta.PreTokenize("a <mask> it's 12".AsSpan()));

    /// <summary>Within the basic multilingual plane's oldest part .NET's own regular expressions see the same.</summary>
    [Fact]
    public void AgreesWithThePatternOnRandomText()
    {
        var pattern = new Regex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");
        var plain = new CodePointPreTokenizer([]);
        var random = new Random(1);
        const string Alphabet = "   \t\n'abstrevmld19!.-é中٣²ß";
        for (int i = 0; i < 3000; i++)
        {
            string text = new(random.GetItems<char>(Alphabet, random.Next(30)));
            Assert.Equal(pattern.Matches(text).Select(match => match.Value), Words(plain, text));
        }
    }

    /// <summary>What RobertaTokenizer's cutting of long texts rests on.</summary>
    [Fact]
    public void CuttingBehindAWordKeepsTheWordsBeforeIt()
    {
        var random = new Random(2);
        string[] parts = [" ", "  ", "\n", "'", "s", "re", "12", "!", "<mask>", "<s>", "<", "é", "\U0001D49C"];
        for (int i = 0; i < 500; i++)
        {
            string text = string.Concat(random.GetItems(parts, random.Next(12)));
            List<(int Offset, int Length)> words = [.. Roberta.PreTokenize(text)];
            for (int count = 1; count <= words.Count; count++)
            {
                var (offset, length) = words[count - 1];
                Assert.Equal([(0, length)], Roberta.PreTokenize(text.Substring(offset, length)));
                if (!char.IsWhiteSpace(text[offset + length - 1]))
                    Assert.Equal(words.Take(count), Roberta.PreTokenize(text[..(offset + length)]));
            }
        }
    }

    [Fact]
    public void AnEmptySpecialTokenIsRefused() => Assert.Throws<ArgumentException>(() => new CodePointPreTokenizer(["<s>", ""]));

    private static IEnumerable<string> Words(CodePointPreTokenizer preTokenizer, string text)
    {
        foreach (var (offset, length) in preTokenizer.PreTokenize(text))
            yield return text.Substring(offset, length);
    }
}
