using System.Text;
using Microsoft.ML.DeLoRA.BaseModels.Vocabulary;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.BaseModels;

public class WordPieceTests
{
    private static readonly string[] s_tokens =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "re", "##fund", "##s", "my", "cafe", "is", "open", ",", "$", "<", "-", "'", "中", "文",
        "t", "don", "##fun", "i", "ᄀ", "##ᅡ", "##ᆨ", "[", "]", "cl",
    ];

    private static readonly WordPiece s_pieces = new(s_tokens);

    private static string[] Tokens(string text) => [.. s_pieces.Encode(text).Select(p => s_tokens[p.Id])];

    // By hand, from the rules that BertTokenizer documents for uncased models.
    [Theory]
    [InlineData("my refunds", "my re ##fund ##s")]
    [InlineData("MY Refund", "my re ##fund")]
    [InlineData("Café is open", "cafe is open")]
    [InlineData("Cafe\u0301 is", "cafe is")]
    [InlineData("don't", "don ' t")]
    [InlineData("is,open", "is , open")]
    [InlineData("$<-", "$ < -")]
    [InlineData("is\topen\nmy", "is open my")]
    [InlineData("i\u0000s op\u200Ben", "is open")]
    [InlineData("is\u00A0open", "is open")]
    [InlineData("my中文is", "my 中 文 is")]
    [InlineData("my 🙂 is", "my [UNK] is")]
    [InlineData("각", "ᄀ ##ᅡ ##ᆨ")]
    [InlineData("İ", "i")]
    [InlineData("myx open", "[UNK] open")]
    [InlineData("[CL]", "[ cl ]")]
    [InlineData("\u0301", "")]
    [InlineData("", "")]
    public void Pieces_are_those_of_an_uncased_BertTokenizer(string text, string expected)
        => Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), Tokens(text));

    [Theory]
    [InlineData("My Café, 中文 and 각 İstanbul: re-open $5 <my> 🙂\u0301 refunds\u00A0don't")]
    [InlineData("\u200Bmy\u0000 \uFFFD re\u00ADfund ﬁ ㎏ Ǆ Σ ς ß")]
    public void Ids_are_the_librarys(string text)
    {
        var tokenizer = BertTokenizer.FromContents(Encoding.UTF8.GetBytes(string.Join('\n', s_tokens)));

        Assert.Equal(tokenizer.EncodeWithoutSpecialTokens(text), s_pieces.Encode(text).Select(p => p.Id));
    }

    [Fact]
    public void A_word_of_more_than_100_characters_is_unknown()
    {
        WordPiece pieces = new([.. s_tokens, "a", "##a"]);

        Assert.Equal(100, pieces.Encode(new string('a', 100)).Count);
        Assert.Equal([1], pieces.Encode(new string('a', 101)).Select(p => p.Id));
    }

    [Fact]
    public void A_piece_says_which_characters_it_came_from()
    {
        //                    0123456789
        const string Text = "Cafe\u0301 reFUNDS";

        Assert.Equal([(0, 4), (6, 8), (8, 12), (12, 13)], s_pieces.Encode(Text).Select(p => (p.Start, p.End)));
    }

    [Fact]
    public void A_vocabulary_without_special_tokens_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => new WordPiece(["[PAD]", "[UNK]", "a"]));

        Assert.Contains("[CLS]", error.Message);
    }
}
