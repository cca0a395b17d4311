using Microsoft.ML.DeLoRA.BaseModels.Corpus;

namespace Microsoft.ML.DeLoRA.Tests.BaseModels;

public class SentencesTests
{
    [Theory]
    [InlineData("It rained. We left.", "It rained.|We left.")]
    [InlineData("\"Why?\" he said. \"No.\" She ran.", "\"Why?\" he said.|\"No.\"|She ran.")]
    [InlineData("Mr. Smith met J. R. Jones. They spoke.", "Mr. Smith met J. R. Jones.|They spoke.")]
    [InlineData("about 3.5 of them! 4 left", "about 3.5 of them!|4 left")]
    [InlineData("no end", "no end")]
    public void Sentences_end_where_a_reader_sees_an_end(string text, string expected)
    {
        string[] words = text.Split(' ');

        Assert.Equal(expected.Split('|'), Sentences.Split(words).Select(range => string.Join(' ', words[range])));
    }
}
