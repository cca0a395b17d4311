using System.Text.Json;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>The shape of a RoBERTa model: the part of a Hugging Face config.json that the computation needs.</summary>
public sealed record RobertaConfiguration
{
    /// <summary>Number of tokens in the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Number of encoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Number of attention heads; divides <see cref="HiddenSize"/>.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Rows of the position table; positions start at <see cref="PadId"/> + 1, so a text holds at most this less (PadId + 1) tokens.</summary>
    public required int PositionCount { get; init; }

    /// <summary>Rows of the token-type table (RoBERTa uses row 0 only).</summary>
    public int TypeCount { get; init; } = 1;

    /// <summary>Id of the padding token.</summary>
    public int PadId { get; init; } = 1;

    /// <summary>Epsilon of every LayerNorm.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Dropout of embeddings, attention output and feed-forward output.</summary>
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary>Dropout of the attention probabilities.</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Dropout of the classification head; null: <see cref="HiddenDropout"/>.</summary>
    public double? ClassifierDropout { get; init; }

    /// <summary>Deviation of newly initialised weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Number of outputs of the classification head that the file names (id2label or num_labels); 2 when it names none.</summary>
    public int LabelCount { get; init; } = 2;

    /// <summary>The most tokens that one text may have, special tokens included.</summary>
    public int MaxTokens => PositionCount - PadId - 1;

    /// <summary>Reads a Hugging Face config.json.</summary>
    /// <param name="json">The file's text.</param>
    /// <exception cref="InvalidDataException">Not JSON, not a RoBERTa, a value is missing, out of range or not supported.</exception>
    public static RobertaConfiguration FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, ModelFiles.Json);
            return new ConfigurationReader(document.RootElement).Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no valid Unicode, which JSON can contain in escapes.
            throw new InvalidDataException($"config.json is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The Hugging Face config.json of this configuration, for RobertaForSequenceClassification or another architecture.</summary>
    public string ToJson(string architecture = "RobertaForSequenceClassification")
    {
        var values = new Dictionary<string, object?>
        {
            ["architectures"] = new[] { architecture },
            ["attention_probs_dropout_prob"] = AttentionDropout,
            ["bos_token_id"] = 0,
            ["classifier_dropout"] = ClassifierDropout,
            ["eos_token_id"] = 2,
            ["hidden_act"] = "gelu",
            ["hidden_dropout_prob"] = HiddenDropout,
            ["hidden_size"] = HiddenSize,
            ["initializer_range"] = InitializerRange,
            ["intermediate_size"] = IntermediateSize,
            ["layer_norm_eps"] = LayerNormEpsilon,
            ["max_position_embeddings"] = PositionCount,
            ["model_type"] = "roberta",
            ["num_attention_heads"] = HeadCount,
            ["num_hidden_layers"] = LayerCount,
            ["pad_token_id"] = PadId,
            ["position_embedding_type"] = "absolute",
            ["type_vocab_size"] = TypeCount,
            ["vocab_size"] = VocabularySize,
        };
        return JsonSerializer.Serialize(values, new JsonSerializerOptions { WriteIndented = true });
    }
}
