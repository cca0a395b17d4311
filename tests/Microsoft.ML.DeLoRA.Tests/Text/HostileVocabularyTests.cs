using System.Text;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tests.Text;

/// <summary>Damaged and hostile vocabularies end in an error that names the file and the fault.</summary>
public class HostileVocabularyTests
{
    private const string Special = "\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":3,\"<mask>\":4";

    [Theory]
    [InlineData("", "not a valid vocabulary")]
    [InlineData("{", "not a valid vocabulary")]
    [InlineData("[1]", "StartArray")]
    [InlineData("{" + Special + ",\"a\":-1}", "'a' must be a whole number")]
    [InlineData("{" + Special + ",\"a\":1.5}", "'a' must be a whole number")]
    [InlineData("{" + Special + ",\"a\":\"5\"}", "'a' must be a whole number")]
    [InlineData("{" + Special + ",\"a\":2147483647}", "'a' must be a whole number")]
    [InlineData("{" + Special + ",\"a\":99999999999999999999}", "'a' must be a whole number")]
    [InlineData("{" + Special + ",\"a\":{\"b\":1}}", "'a' must be a whole number")]
    [InlineData("{" + Special + ",\"a\":5,\"a\":6}", "'a' is listed twice")]
    [InlineData("{" + Special + ",\"a\":4}", "'<mask>' and 'a' have the same id 4")]
    [InlineData("{" + Special + ",\"\\ud800\":5}", "not a valid vocabulary")]
    [InlineData("{" + Special + "} {}", "not a valid vocabulary")]
    [InlineData("{\"<s>\":0,\"a\":1}", "has no token '<pad>'")]
    public void Vocabularies(string content, string fault)
    {
        string message = Assert.Throws<InvalidDataException>(
            () => RobertaTokenizer.FromContents(Encoding.UTF8.GetBytes(content), Array.Empty<byte>())).Message;
        Assert.StartsWith("vocab.json", message);
        Assert.Contains(fault, message);
    }

    [Theory]
    [InlineData("a b c\n", "line 1: 'a b c' is not a merge")]
    [InlineData("#version: 0.2\nab\n", "line 2: 'ab' is not a merge")]
    [InlineData("a \n", "line 1: 'a ' is not a merge")]
    [InlineData("a b\nx y\n", "line 2: the merge 'x y' needs the token 'xy'")]
    [InlineData("a b\na b\n", "line 2: the merge 'a b' is listed twice")]
    [InlineData("a b\n\0\n", "line 2")]
    public void Merges(string content, string fault)
    {
        SmallVocabulary vocabulary = SmallVocabulary.Of("a b");
        string message = Assert.Throws<InvalidDataException>(
            () => RobertaTokenizer.FromContents(vocabulary.VocabularyContent, Encoding.UTF8.GetBytes(content))).Message;
        Assert.StartsWith("merges.txt", message);
        Assert.Contains(fault, message);
    }

    [Fact]
    public void MergesThatAreNoText()
    {
        byte[] vocabulary = SmallVocabulary.Of().VocabularyContent;
        Assert.Contains("UTF-8",
            Assert.Throws<InvalidDataException>(() => RobertaTokenizer.FromContents(vocabulary, new byte[] { 0xC3, 0x28 })).Message);
    }

    [Fact]
    public void AByteOrderMarkAndWindowsLineEndsAreFine()
    {
        SmallVocabulary vocabulary = SmallVocabulary.Of("a b");
        byte[] mark = [0xEF, 0xBB, 0xBF];
        byte[] merges = [.. mark, .. Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(vocabulary.MergesContent).Replace("\n", "\r\n"))];
        RobertaTokenizer tokenizer = RobertaTokenizer.FromContents((byte[])[.. mark, .. vocabulary.VocabularyContent], merges);
        Assert.Equal([vocabulary.Ids["ab"]], tokenizer.EncodeWithoutSpecialTokens("ab"));
    }

    [Fact]
    public void MissingFilesAreNamed()
    {
        using var directory = new TemporaryDirectory();
        Assert.Contains("does not exist",
            Assert.Throws<DirectoryNotFoundException>(() => RobertaTokenizer.FromDirectory(directory["none"])).Message);
        Assert.Contains("vocab.json", Assert.Throws<FileNotFoundException>(() => RobertaTokenizer.FromDirectory(directory.Path)).Message);
        File.WriteAllBytes(directory["vocab.json"], SmallVocabulary.Of().VocabularyContent);
        Assert.Contains("merges.txt", Assert.Throws<FileNotFoundException>(() => RobertaTokenizer.FromDirectory(directory.Path)).Message);
    }
}
