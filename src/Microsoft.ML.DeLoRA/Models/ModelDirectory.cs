using System.Text.Json;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// A model as Hugging Face saves it: config.json beside model.safetensors, or beside its shards and their index.
/// The vocabulary in the same directory is the tokenizer's affair.
/// </summary>
/// <remarks>Thread-safe for reading. Dispose closes the files; tensors read from them stay valid.</remarks>
internal sealed class ModelDirectory : IDisposable
{
    private readonly IDisposable _files;

    private ModelDirectory(string path, EncoderFamily family, string configuration, ITensorSource tensors, IDisposable files)
    {
        Path = path;
        Family = family;
        ConfigurationJson = configuration;
        Tensors = tensors;
        _files = files;
    }

    /// <summary>The directory, as it was given.</summary>
    public string Path { get; }

    /// <summary>The family of its encoder.</summary>
    internal EncoderFamily Family { get; }

    /// <summary>The text of config.json: a JSON object whose <c>model_type</c> is that of a family that is known.</summary>
    public string ConfigurationJson { get; }

    /// <summary>
    /// The weights, the encoder's without its family's prefix (<c>roberta.</c>) whether or not the file has it:
    /// <c>embeddings.word_embeddings.weight</c>, <c>encoder.layer.0.attention.self.query.weight</c>,
    /// <c>classifier.dense.weight</c>, <c>lm_head.dense.weight</c>.
    /// </summary>
    public ITensorSource Tensors { get; }

    /// <summary>Opens a model directory.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message says what is expected and what was found.</exception>
    /// <exception cref="NotSupportedException">The model is of no family that is known.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static ModelDirectory Open(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ModelFiles.CheckDirectory(directory);
        (EncoderFamily Family, string Json) configuration = ReadConfiguration(directory);
        string weights = System.IO.Path.Combine(directory, ModelFiles.Weights);
        string index = System.IO.Path.Combine(directory, ShardIndex.FileName);
        if (File.Exists(weights))
            return Create(directory, configuration, SafeTensorsFile.Open(weights));
        if (File.Exists(index))
            return Create(directory, configuration, ShardedTensors.Open(index));
        throw ModelFiles.Missing(directory, ModelFiles.Weights);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _files.Dispose();

    private static ModelDirectory Create<TFiles>(string directory, (EncoderFamily Family, string Json) configuration, TFiles files)
        where TFiles : ITensorSource, IDisposable
    {
        try
        {
            return new ModelDirectory(
                directory, configuration.Family, configuration.Json, new RenamedTensors(files, configuration.Family.NameOf), files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static (EncoderFamily Family, string Json) ReadConfiguration(string directory)
    {
        string path = System.IO.Path.Combine(directory, ModelFiles.Configuration);
        if (!File.Exists(path))
            throw ModelFiles.Missing(directory, ModelFiles.Configuration);
        string content = Utf8Text.Decode(RegularFile.ReadAll(path, ModelFiles.LargestConfiguration), path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(content, OutsideJson.Options);
            return (EncoderFamilies.Of(document.RootElement, path), document.RootElement.GetRawText());
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not valid JSON: {exception.Message}", exception);
        }
    }
}

/// <summary>The files of a Hugging Face model directory, and clear errors where they are missing.</summary>
internal static class ModelFiles
{
    public const string Configuration = "config.json";
    public const string Weights = "model.safetensors";

    private const string Pickle = "pytorch_model.bin";

    /// <summary>The most bytes of a configuration; RoBERTa's has a thousand.</summary>
    public const int LargestConfiguration = 10_000_000;

    /// <summary>Throws unless the path is a directory.</summary>
    public static void CheckDirectory(string directory)
    {
        if (Directory.Exists(directory))
            return;
        throw File.Exists(directory)
            ? new DirectoryNotFoundException(
                Path.GetFileName(directory) is var name
                && (name == Configuration || name.EndsWith(".safetensors", StringComparison.Ordinal))
                ? $"'{directory}' is a file; give the directory that holds it, '{Path.GetDirectoryName(Path.GetFullPath(directory))}'."
                : $"'{directory}' is neither a directory nor a saved model (.zip); give one of the two.")
            : new DirectoryNotFoundException($"The model directory '{directory}' does not exist. "
                + $"Expected a Hugging Face directory with {Configuration} and {Weights}.");
    }

    /// <summary>The error for a directory without <paramref name="expected"/>; says what is there instead.</summary>
    public static FileNotFoundException Missing(string directory, string expected)
    {
        string[] found = [.. Directory.EnumerateFileSystemEntries(directory)
            .Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal).Take(12)];
        string advice = expected == Weights && found.Contains(Pickle)
            ? $" {Pickle} is a Python pickle, which can run any code and is not read. Convert it in Python: "
              + $"AutoModelForMaskedLM.from_pretrained('{directory}').save_pretrained('{directory}', safe_serialization=True)."
            : "";
        return new FileNotFoundException(
            $"The model directory '{directory}' has no {expected}. "
            + $"Expected are {Configuration} and {Weights} (or {ShardIndex.FileName} with its shards); "
            + $"found {(found.Length == 0 ? "nothing" : string.Join(", ", found))}.{advice}",
            Path.Combine(directory, expected));
    }
}
