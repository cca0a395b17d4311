using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Reads and checks the values of a config.json, which comes from outside.</summary>
internal sealed class ConfigurationReader(JsonElement root)
{
    // Far above every published RoBERTa; keeps a hostile file from asking for absurd tables.
    private const int MaxSize = 1 << 20;

    public RobertaConfiguration Read()
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException("config.json holds no JSON object.");
        RequireText("model_type", "roberta", missingIsFine: false);
        RequireText("hidden_act", "gelu", missingIsFine: true);
        RequireText("position_embedding_type", "absolute", missingIsFine: true);

        var result = new RobertaConfiguration
        {
            VocabularySize = Integer("vocab_size"),
            HiddenSize = Integer("hidden_size"),
            LayerCount = Integer("num_hidden_layers", max: 1024),
            HeadCount = Integer("num_attention_heads"),
            IntermediateSize = Integer("intermediate_size"),
            PositionCount = Integer("max_position_embeddings"),
            TypeCount = Integer("type_vocab_size", fallback: 1),
            PadId = Integer("pad_token_id", fallback: 1, min: 0),
            LayerNormEpsilon = Number("layer_norm_eps", 1e-5),
            HiddenDropout = Number("hidden_dropout_prob", 0.1),
            AttentionDropout = Number("attention_probs_dropout_prob", 0.1),
            ClassifierDropout = IsNull("classifier_dropout") ? null : Number("classifier_dropout", 0),
            InitializerRange = Number("initializer_range", 0.02),
            LabelCount = LabelCount(),
        };
        if (result.HiddenSize % result.HeadCount != 0)
            throw new InvalidDataException($"config.json: num_attention_heads {result.HeadCount} does not divide hidden_size {result.HiddenSize}.");
        if (result.PadId >= result.VocabularySize)
            throw new InvalidDataException($"config.json: pad_token_id {result.PadId} is no token of a vocabulary of {result.VocabularySize}.");
        if (result.MaxTokens < 2)
            throw new InvalidDataException($"config.json: max_position_embeddings {result.PositionCount} leaves no room for a text after pad_token_id {result.PadId}.");
        return result;
    }

    private bool IsNull(string name) => !root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null;

    private int LabelCount()
    {
        if (root.TryGetProperty("id2label", out JsonElement labels) && labels.ValueKind == JsonValueKind.Object)
            return Math.Max(1, labels.EnumerateObject().Count());
        return Integer("num_labels", fallback: 2);
    }

    private void RequireText(string name, string expected, bool missingIsFine)
    {
        if (IsNull(name) && missingIsFine)
            return;
        string? found = root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (found != expected)
            throw new InvalidDataException($"config.json: {name} is {(found is null ? "missing" : $"'{found.Short()}'")}; only '{expected}' is supported.");
    }

    private int Integer(string name, int? fallback = null, int min = 1, int max = MaxSize)
    {
        if (IsNull(name))
            return fallback ?? throw new InvalidDataException($"config.json: {name} is missing.");
        JsonElement value = root.GetProperty(name);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number) || number < min || number > max)
            throw new InvalidDataException($"config.json: {name} is {value.GetRawText().Short()}; a whole number from {min} to {max} is expected.");
        return number;
    }

    private double Number(string name, double fallback)
    {
        if (IsNull(name))
            return fallback;
        JsonElement value = root.GetProperty(name);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || number is not (>= 0 and < 1))
            throw new InvalidDataException($"config.json: {name} is {value.GetRawText().Short()}; a number from 0 to below 1 is expected.");
        return number;
    }
}
