using System.Text.Json;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>The files of a Hugging Face model directory, and clear errors where they are missing.</summary>
internal static class ModelFiles
{
    public const string Configuration = "config.json";
    public const string Weights = "model.safetensors";

    /// <summary>How JSON from outside is read: a key that stands twice means one thing here and another to the next reader.</summary>
    public static readonly JsonDocumentOptions Json = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    private const string Pickle = "pytorch_model.bin";

    /// <summary>The most bytes of a file of settings; RoBERTa's configuration has a thousand, the index of its shards a hundred thousand.</summary>
    public const int LargestSettings = 10_000_000;

    private const int LargestText = 100_000_000;

    /// <summary>Throws unless the path is a directory.</summary>
    public static void CheckDirectory(string directory)
    {
        if (Directory.Exists(directory))
            return;
        throw File.Exists(directory)
            ? new DirectoryNotFoundException(
                Path.GetFileName(directory) is var name && (name == Configuration || name.EndsWith(".safetensors", StringComparison.Ordinal))
                ? $"'{directory}' is a file; give the directory that holds it, '{Path.GetDirectoryName(Path.GetFullPath(directory))}'."
                : $"'{directory}' is neither a directory nor a saved model (.zip); give one of the two.")
            : new DirectoryNotFoundException($"The model directory '{directory}' does not exist. Expected a Hugging Face directory with {Configuration} and {Weights}.");
    }

    /// <summary>The error for a directory without <paramref name="expected"/>; says what is there instead.</summary>
    public static FileNotFoundException Missing(string directory, string expected)
    {
        string[] found = [.. Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal).Take(12)];
        string advice = expected == Weights && found.Contains(Pickle)
            ? $" {Pickle} is a Python pickle, which can run any code and is not read. Convert it in Python: "
              + $"AutoModelForMaskedLM.from_pretrained('{directory}').save_pretrained('{directory}', safe_serialization=True)."
            : "";
        return new FileNotFoundException(
            $"The model directory '{directory}' has no {expected}. Expected are {Configuration} and {Weights} (or {ShardIndex.FileName} with its shards); "
            + $"found {(found.Length == 0 ? "nothing" : string.Join(", ", found))}.{advice}",
            Path.Combine(directory, expected));
    }

    /// <summary>Reads a JSON file, unless it is absurdly large.</summary>
    public static byte[] ReadSmall(string path, int limit = LargestText) => RegularFile.ReadAll(path, limit);
}
