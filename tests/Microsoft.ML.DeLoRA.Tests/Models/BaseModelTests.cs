using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Models;

namespace Microsoft.ML.DeLoRA.Tests.Models;

public class BaseModelTests
{
    [Fact]
    public void ADirectoryGivesConfigurationWeightsAndTokenizer()
    {
        using BaseModel model = BaseModel.Open(TinyBase.Directory);
        Assert.Equal(TinyBase.Configuration.HiddenSize, model.Configuration.HiddenSize);
        Assert.True(model.Tensors.Contains("embeddings.word_embeddings.weight"));
        Assert.Equal(261, model.Tokenizer.VocabularySize);
        model.CreateEncoder().Dispose();
    }

    [Fact]
    public void TheEmbeddedModelOpens()
    {
        using BaseModel model = BaseModel.Open();
        Assert.Equal(BaseModel.EmbeddedName, model.Name);
        model.CreateEncoder().Dispose();
    }

    [Fact]
    public void AMissingDirectoryIsNamed()
        => Assert.Contains("no/such/place", Assert.Throws<DirectoryNotFoundException>(() => BaseModel.Open("no/such/place")).Message);

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    public void AMissingFileIsNamed(string file)
    {
        using var directory = new TemporaryDirectory();
        TinyBase.WriteTo(directory.Path);
        File.Delete(directory[file]);
        Assert.Contains(file, Assert.Throws<FileNotFoundException>(() => BaseModel.Open(directory.Path)).Message);
    }

    [Theory]
    [InlineData("\"vocab_size\": 261", "\"vocab_size\": 100", "vocab_size")]
    [InlineData("\"pad_token_id\": 1", "\"pad_token_id\": 0", "pad_token_id")]
    public void FilesThatDoNotBelongTogetherAreRefused(string replaced, string replacement, string said)
    {
        using var directory = new TemporaryDirectory();
        TinyBase.WriteTo(directory.Path);
        File.WriteAllText(directory["config.json"], File.ReadAllText(directory["config.json"]).Replace(replaced, replacement));
        Assert.Contains(said, Assert.Throws<InvalidDataException>(() => BaseModel.Open(directory.Path)).Message);
    }
}
