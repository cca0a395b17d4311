using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>Reads vocab.json: one object that maps every token to its id. The content is not trusted.</summary>
internal static class VocabularyFile
{
    /// <summary>What config.json may say at most, less one; no known vocabulary is near this.</summary>
    public const int LargestId = (1 << 20) - 1;

    public static Dictionary<string, int> Parse(ReadOnlySpan<byte> content, string source)
    {
        Utf8Text.Check(content, source);
        if (content.StartsWith("\uFEFF"u8))
            content = content[3..];
        try
        {
            return Read(content, source);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape such as \ud800 that is no text.
            throw new InvalidDataException($"{source} is not a valid vocabulary: {exception.Message} Expected one JSON object of the form {{\"token\": id, ...}}.", exception);
        }
    }

    private static Dictionary<string, int> Read(ReadOnlySpan<byte> content, string source)
    {
        var reader = new Utf8JsonReader(content);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException($"{source} is not a valid vocabulary: it holds {reader.TokenType}, expected one JSON object of the form {{\"token\": id, ...}}.");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = new Dictionary<int, string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string token = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0 || id > LargestId)
                throw new InvalidDataException($"{source}: the id of token '{token.Short()}' must be a whole number from 0 to {LargestId}.");
            if (!ids.TryAdd(token, id))
                throw new InvalidDataException($"{source}: the token '{token.Short()}' is listed twice.");
            if (!tokens.TryAdd(id, token))
                throw new InvalidDataException($"{source}: the tokens '{tokens[id].Short()}' and '{token.Short()}' have the same id {id}.");
        }
        if (reader.Read())
            throw new JsonException("There is more behind the object.");
        return ids;
    }
}
