using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>The files of a byte-level BPE vocabulary and how they are read.</summary>
internal static class TokenizerFiles
{
    public const string Vocabulary = "vocab.json";
    public const string Merges = "merges.txt";

    /// <summary>Only in saved models.</summary>
    public const string Settings = "tokenizer_settings.json";

    public static byte[] Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw Missing(path);
        return RegularFile.ReadAll(path);
    }

    /// <summary>A file that holds one JSON object.</summary>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static JsonDocument ParseObject(ReadOnlyMemory<byte> content, string source)
    {
        JsonDocument? document = null;
        try
        {
            ReadOnlyMemory<byte> text = content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content;
            document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            throw new JsonException($"it holds {document.RootElement.ValueKind} where one object is expected.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            document?.Dispose();
            throw new InvalidDataException($"{source} is damaged: {exception.Message}", exception);
        }
    }

    private static FileNotFoundException Missing(string path) => new(
        $"The tokenizer file '{path}' does not exist. A RoBERTa tokenizer is two files, {Vocabulary} and {Merges}, side by side, "
        + "or one, tokenizer.json.", path);
}
