using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Families;

/// <summary>config.json comes from outside: what it claims is compared with the weights before one of them is read.</summary>
public class HostileConfigurationTests
{
    public static TheoryData<string, EncoderConfiguration> Claims => new()
    {
        { "embeddings.word_embeddings.weight", TinyModel.Configuration with { VocabularySize = 1 << 20 } },
        { "embeddings.position_embeddings.weight", TinyModel.Configuration with { PositionCount = 1 << 20 } },
        { "embeddings.token_type_embeddings.weight", TinyModel.Configuration with { TypeCount = 1 << 20 } },
        { "embeddings.word_embeddings.weight", TinyModel.Configuration with { HiddenSize = 1 << 20 } },
        { "encoder.layer.0.intermediate.dense.weight", TinyModel.Configuration with { IntermediateSize = 1 << 20 } },
        { "encoder.layer.2.attention.self.query.weight", TinyModel.Configuration with { LayerCount = 1024 } },
    };

    [Theory]
    [MemberData(nameof(Claims))]
    public void A_claim_that_the_weights_do_not_bear_out_is_refused_before_one_is_read(string tensor, EncoderConfiguration claimed)
    {
        using var directory = new TemporaryDirectory();
        SafeTensorsFile file = Weights(directory);
        // The shapes of a closed file are known, its values are not.
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => new PackedEncoder(TinyModel.Configuration, new CheckpointWeights(file)));
        Assert.Contains(tensor, Assert.Throws<InvalidDataException>(() => new PackedEncoder(claimed, new CheckpointWeights(file))).Message);
    }

    [Theory]
    [InlineData("\"hidden_size\": 16", "\"hidden_size\": 1e400")]
    [InlineData("\"hidden_size\": 16", "\"hidden_size\": -16")]
    [InlineData("\"hidden_size\": 16", "\"hidden_size\": null")]
    [InlineData("\"hidden_size\": 16", "\"hidden_size\": {}")]
    [InlineData("\"hidden_size\": 16", "\"hidden_size\": 16, \"hidden_size\": 32")]
    [InlineData("\"layer_norm_eps\": 1E-05", "\"layer_norm_eps\": 1e400")]
    [InlineData("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"\\ud800\"")]
    [InlineData("\"hidden_act\": \"gelu\"",
        "\"hidden_act\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    public void What_is_no_configuration_is_refused(string replaced, string replacement)
    {
        string json = TinyModel.Configuration.ToJson();
        Assert.Contains(replaced, json);
        Assert.Contains("config.json",
            Assert.Throws<InvalidDataException>(() => EncoderConfiguration.FromJson(json.Replace(replaced, replacement))).Message);
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["config.json"], json.Replace(replaced, replacement));
        Assert.ThrowsAny<IOException>(() => ModelDirectory.Open(directory["none"]));
    }

    private static SafeTensorsFile Weights(TemporaryDirectory directory)
    {
        using SequenceClassifier model = TinyModel.Create();
        var writer = new SafeTensorsWriter();
        foreach (ModelParameter parameter in model.Encoder.Parameters)
            writer.Add(parameter.Name, parameter.Value);
        writer.Save(directory["weights.safetensors"]);
        return SafeTensorsFile.Open(directory["weights.safetensors"]);
    }
}
