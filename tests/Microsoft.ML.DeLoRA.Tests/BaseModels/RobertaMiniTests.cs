using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.BaseModels.Distillation;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Tests.BaseModels;

/// <summary>What assets/roberta-mini must be.</summary>
public sealed class RobertaMiniTests
{
    private static readonly string s_directory = Path.Combine(Repository.Root, "assets", "roberta-mini");

    [Fact]
    public void Its_files_are_those_of_a_RoBERTa_in_half_precision_of_at_most_48_MB()
    {
        using BaseModel model = BaseModel.Open(s_directory);

        Assert.InRange(new FileInfo(Path.Combine(s_directory, "model.safetensors")).Length, 40_000_000, 48_000_000);
        Assert.Equal((32_000, 384, 6, 12, 514), (model.Configuration.VocabularySize, model.Configuration.HiddenSize,
            model.Configuration.LayerCount, model.Configuration.HeadCount, model.Configuration.PositionCount));
        Assert.Equal((0, 0), (model.Configuration.HiddenDropout, model.Configuration.AttentionDropout));
        Assert.Equal((512, 32_000), (model.MaxLength, model.Tokenizer.VocabularySize));
        Assert.True(Assert.IsType<RobertaTokenizer>(model.Tokenizer).AddsPrefixSpace);
        Assert.All(model.Tensors.Names, name => Assert.Equal(TensorDataType.Float16, model.Tensors.DataType(name)));
        Assert.All(model.Tensors.Names, name => Assert.True(model.Tensors.ReadFloat32(name).All(float.IsFinite), name));
    }

    // The pairs are written for this test; which of two texts is nearer is no question of taste.
    [Theory]
    [InlineData("i want my money back", "Please refund the payment.", "The weather was fine yesterday.")]
    [InlineData("The film bored me to death.", "A dull, tedious movie.", "The printer is out of paper.")]
    [InlineData("Where is my parcel?", "my package has not been delivered yet", "How do I change my password?")]
    [InlineData("A doctor examined the patient.", "The physician looked at the sick man.", "The orchestra played a symphony.")]
    public void Texts_of_one_meaning_are_nearer_than_others(string text, string same, string other)
    {
        using BaseModel model = BaseModel.Open(s_directory);
        using PackedEncoder encoder = model.CreateEncoder();
        int[][] rows = [.. ((string[])[text, same, other]).Select(t => model.Tokenizer.Encode(t, null, 128).Ids)];
        using torch.Tensor vectors = SentenceVectors.Compute(encoder, rows);
        using torch.Tensor own = vectors.narrow(0, 0, 1).expand(2, -1), others = vectors.narrow(0, 1, 2);

        float[] cosines = SentenceVectors.Cosines(own, others);

        Assert.True(cosines[0] > cosines[1] + 0.2f, $"{cosines[0]} against {cosines[1]}");
    }
}
