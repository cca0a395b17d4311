using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>
/// Expected parts follow the published rules of Hugging Face's tokenizers by hand: leftmost, then longest; not normalized before
/// normalized; lstrip and rstrip take white space away; single_word needs no letter, digit or underscore beside it.
/// </summary>
public class AddedTokensTests
{
    private static readonly AddedTokens _all = new(
    [
        new("<l>", 1) { StripsLeft = true },
        new("<r>", 2) { StripsRight = true },
        new("<lr>", 3) { StripsLeft = true, StripsRight = true },
        new("word", 4) { SingleWord = true },
        new("<x>", 5),
        new("<x>y", 6),
        new("aab", 7) { Normalized = true },
        new("ba", 8),
        new("𝒜", 9) { SingleWord = true },
    ]);

    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("p <l> q", "p|1| q")]
    [InlineData("p <r> q", "p |2|q")]
    [InlineData(" \n<lr>\t ", "3")]
    [InlineData("<r>  <l>", "2|1")]
    [InlineData("<r>  <x>", "2|5")]
    [InlineData("<x><x>y<x", "5|6|<x")]
    [InlineData("word words sword _word word_ 1word word", "4| words sword _word word_ 1word |4")]
    [InlineData("(word) word-word", "(|4|) |4|-|4")]
    [InlineData("<x>word", "5|4")]
    [InlineData("e\u0301word wordé", "e\u0301word wordé")]
    [InlineData("𝒜 x𝒜 𝒜𝒜", "9| x𝒜 𝒜𝒜")]
    [InlineData("aaba", "aa|8")]
    [InlineData("aab aab", "7| |7")]
    public void AreFound(string text, string expected)
        => Assert.Equal(expected,
            string.Join('|', _all.Split(text).Select(p => p.Token is { } t ? $"{t.Id}" : text.Substring(p.Offset, p.Length))));

    [Fact]
    public void SpecialTokensMayBeText()
    {
        var tokens = new AddedTokens([new("<x>", 1) { Special = true }, new("<y>", 2)], specialAreText: true);
        Assert.Equal([null, 2, null], tokens.Split("a<x>b<y>c").Select(p => p.Token?.Id));
    }

    /// <summary>A part is found when it is asked for, so that a long text is not looked through for its first tokens.</summary>
    [Fact]
    public void ManyTokensInALongText()
    {
        string text = string.Concat(Enumerable.Repeat("ab word <l>", 100_000));
        Assert.Equal(200_000, _all.Split(text).Count(p => p.Token is not null));
        Assert.Equal(4, _all.Split(text).First(p => p.Token is not null).Token!.Id);
    }
}
