using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Text;

/// <summary>A kind of tokenizer, as the files of a Hugging Face directory tell it from others.</summary>
/// <param name="Read">What is read, for messages.</param>
/// <param name="FilesText">What its files are, for messages.</param>
/// <param name="Classes">What the names of the classes begin with that are read so.</param>
/// <param name="Tokens">The special tokens where no file names others.</param>
internal sealed record TokenizerKind(string Read, string FilesText, string[] Classes, IReadOnlyDictionary<string, string> Tokens)
{
    /// <summary>The classes are those with RoBERTa's vocabulary and layout, or a name that says nothing of them.</summary>
    public static TokenizerKind Roberta { get; } = new(
        "byte-level BPE as RoBERTa has it",
        $"A RoBERTa tokenizer is two files, {TokenizerFiles.Vocabulary} and {TokenizerFiles.Merges}, side by side, or one, tokenizer.json.",
        ["Roberta", "Bart", "Longformer", "PreTrained", "TokenizersBackend"],
        new Dictionary<string, string>
        {
            ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["unk_token"] = "<unk>", ["sep_token"] = "</s>",
            ["pad_token"] = "<pad>", ["cls_token"] = "<s>", ["mask_token"] = "<mask>",
        });

    /// <summary>The classes are BERT's and DistilBERT's, which is the same, or a name that says nothing.</summary>
    public static TokenizerKind Bert { get; } = new(
        "WordPiece as BERT has it",
        $"A BERT tokenizer is one file, {TokenizerFiles.VocabularyLines} or tokenizer.json.",
        ["Bert", "DistilBert", "PreTrained", "TokenizersBackend"],
        new Dictionary<string, string>
        {
            ["unk_token"] = "[UNK]", ["sep_token"] = "[SEP]", ["pad_token"] = "[PAD]", ["cls_token"] = "[CLS]", ["mask_token"] = "[MASK]",
        });
}

/// <summary>The files of a tokenizer and how they are read.</summary>
internal static class TokenizerFiles
{
    public const string Vocabulary = "vocab.json";
    public const string Merges = "merges.txt";

    /// <summary>WordPiece's.</summary>
    public const string VocabularyLines = "vocab.txt";

    /// <summary>Only in saved models.</summary>
    public const string Settings = "tokenizer_settings.json";

    /// <param name="path">The file.</param>
    /// <param name="kind">What tokenizer it is of, for the message when it is missing.</param>
    public static byte[] Read(string path, TokenizerKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"The tokenizer file '{path}' does not exist. {kind.FilesText}", path);
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
}
