using System.Text.Json;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>The shape of an encoder: the part of a Hugging Face config.json that the computation needs.</summary>
public sealed record EncoderConfiguration
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    // A key that stands twice means one thing here and another to the next reader.
    /// <summary>What differs from other encoders; default that of the embedded model.</summary>
    internal EncoderFamily Family { get; init; } = EncoderFamilies.Default;

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

    /// <summary>Rows of the position table, of which RoBERTa leaves the first <see cref="PadId"/> + 1 out.</summary>
    public required int PositionCount { get; init; }

    /// <summary>Rows of the token-type table, of which RoBERTa uses the first only.</summary>
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
    public int MaxTokens => PositionCount - Family.Positions(PadId).First;

    /// <summary>Reads a Hugging Face config.json.</summary>
    /// <param name="json">The file's text.</param>
    /// <exception cref="InvalidDataException">Not JSON, of another family, a value is missing, out of range or not supported.</exception>
    public static EncoderConfiguration FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, OutsideJson.Options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException("config.json holds no JSON object.");
            var keys = new ConfigurationKeys(document.RootElement);
            EncoderFamily family = EncoderFamilies.Find(keys.Text("model_type")) ?? throw keys.Unsupported(
                "model_type", EncoderFamilies.Listed(f => $"'{f.ModelType}'", "and") + " are");
            return family.Read(keys);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no valid Unicode, which JSON can contain in escapes.
            throw new InvalidDataException($"config.json is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The Hugging Face config.json of this configuration, for a text classifier or another architecture.</summary>
    public string ToJson(string? architecture = null)
    {
        var values = new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["architectures"] = new[] { architecture ?? Family.ClassifierArchitecture },
            ["attention_probs_dropout_prob"] = AttentionDropout,
            ["classifier_dropout"] = ClassifierDropout,
            ["hidden_act"] = "gelu",
            ["hidden_dropout_prob"] = HiddenDropout,
            ["hidden_size"] = HiddenSize,
            ["initializer_range"] = InitializerRange,
            ["intermediate_size"] = IntermediateSize,
            ["layer_norm_eps"] = LayerNormEpsilon,
            ["max_position_embeddings"] = PositionCount,
            ["model_type"] = Family.ModelType,
            ["num_attention_heads"] = HeadCount,
            ["num_hidden_layers"] = LayerCount,
            ["pad_token_id"] = PadId,
            ["position_embedding_type"] = "absolute",
            ["type_vocab_size"] = TypeCount,
            ["vocab_size"] = VocabularySize,
        };
        foreach ((string key, object? value) in Family.OwnKeys)
            values[key] = value;
        return JsonSerializer.Serialize(values, _indented);
    }

    /// <summary>Throws unless the values that a config.json gave fit each other.</summary>
    /// <exception cref="InvalidDataException">They do not; the message says which.</exception>
    internal void Check()
    {
        if (HiddenSize % HeadCount != 0)
            throw new InvalidDataException($"config.json: num_attention_heads {HeadCount} does not divide hidden_size {HiddenSize}.");
        if (PadId >= VocabularySize)
            throw new InvalidDataException($"config.json: pad_token_id {PadId} is no token of a vocabulary of {VocabularySize}.");
        if (MaxTokens < Family.SpecialTokenCount(isPair: false))
            throw new InvalidDataException(
                $"config.json: max_position_embeddings {PositionCount} leaves no room for a text after pad_token_id {PadId}.");
    }
}
