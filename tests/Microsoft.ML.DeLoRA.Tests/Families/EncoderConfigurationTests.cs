using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Encoders;

namespace Microsoft.ML.DeLoRA.Tests.Families;

public class EncoderConfigurationTests
{
    private const string Good = """
        {"model_type": "roberta", "vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
         "intermediate_size": 24, "max_position_embeddings": 34, "layer_norm_eps": 1e-6, "hidden_dropout_prob": 0.2,
         "classifier_dropout": null, "id2label": {"0": "a", "1": "b", "2": "c"}}
        """;

    [Fact]
    public void A_file_is_read_and_what_it_leaves_out_has_Hugging_Faces_defaults()
    {
        EncoderConfiguration read = EncoderConfiguration.FromJson(Good);
        Assert.Equal((50, 16, 2, 2, 24, 34),
            (read.VocabularySize, read.HiddenSize, read.LayerCount, read.HeadCount, read.IntermediateSize, read.PositionCount));
        Assert.Equal((1e-6, 0.2, 0.1, null, 3, 1, 32), (read.LayerNormEpsilon, read.HiddenDropout, read.AttentionDropout,
            read.ClassifierDropout, read.LabelCount, read.PadId, read.MaxTokens));
    }

    [Fact]
    public void What_is_written_reads_back()
    {
        EncoderConfiguration configuration = TinyModel.Configuration with { ClassifierDropout = 0.25, LayerNormEpsilon = 1e-12 };
        Assert.Equal(configuration, EncoderConfiguration.FromJson(configuration.ToJson()));
    }

    [Theory]
    [InlineData("\"roberta\"", "\"electra\"", "model_type")]
    [InlineData("\"vocab_size\": 50,", "", "vocab_size")]
    [InlineData("\"vocab_size\": 50", "\"vocab_size\": \"50\"", "vocab_size")]
    [InlineData("\"vocab_size\": 50", "\"vocab_size\": 99999999999", "vocab_size")]
    [InlineData("\"hidden_size\": 16", "\"hidden_size\": 0", "hidden_size")]
    [InlineData("\"hidden_size\": 16", "\"hidden_size\": 17", "num_attention_heads")]
    [InlineData("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 5000", "num_hidden_layers")]
    [InlineData("\"max_position_embeddings\": 34", "\"max_position_embeddings\": 3", "max_position_embeddings")]
    [InlineData("\"vocab_size\": 50", "\"vocab_size\": 50, \"pad_token_id\": 50, \"x\": 0", "pad_token_id")]
    [InlineData("0.2", "1", "hidden_dropout_prob")]
    [InlineData("0.2", "-0.1", "hidden_dropout_prob")]
    [InlineData("\"classifier_dropout\"", "\"hidden_act\"", null)]
    [InlineData("\"classifier_dropout\": null", "\"hidden_act\": \"relu\"", "hidden_act")]
    [InlineData("\"classifier_dropout\": null", "\"position_embedding_type\": \"relative_key\"", "position_embedding_type")]
    [InlineData("{\"model_type\"", "[{\"model_type\"", "JSON")]
    public void A_wrong_value_is_named(string found, string replacement, string? named)
    {
        string json = Good.Replace(found, replacement);
        Assert.NotEqual(Good, json);
        if (named is null)
            EncoderConfiguration.FromJson(json);
        else
            Assert.Contains(named, Assert.Throws<InvalidDataException>(() => EncoderConfiguration.FromJson(json)).Message);
    }

    [Fact]
    public void No_object_is_refused() => Assert.Throws<InvalidDataException>(() => EncoderConfiguration.FromJson("[1]"));
}
