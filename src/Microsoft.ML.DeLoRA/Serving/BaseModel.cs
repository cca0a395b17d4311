using Microsoft.ML.DeLoRA.Checkpoints;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tokenization;

namespace Microsoft.ML.DeLoRA.Serving;

/// <summary>A pretrained RoBERTa to start from: configuration, weights and tokenizer. The embedded one, or a Hugging Face directory.</summary>
/// <remarks>Thread-safe for reading. Dispose closes its files; encoders made from it stay valid.</remarks>
public sealed class BaseModel : IDisposable
{
    /// <summary>The name of the small model that is part of this library.</summary>
    public const string EmbeddedName = "roberta-nano";

    private readonly IDisposable _files;

    private BaseModel(string name, string configurationJson, ITensorSource tensors, RobertaTokenizer tokenizer, IDisposable files)
    {
        (Name, ConfigurationJson, Tensors, Tokenizer, _files) = (name, configurationJson, tensors, tokenizer, files);
        Configuration = RobertaConfiguration.FromJson(configurationJson);
        if (tokenizer.VocabularySize > Configuration.VocabularySize)
            throw new InvalidDataException(
                $"Base model '{name}': its vocabulary has ids up to {tokenizer.VocabularySize - 1}, "
                + $"but config.json says vocab_size {Configuration.VocabularySize}. Do the files belong together?");
        if (tokenizer.PadId != Configuration.PadId)
            throw new InvalidDataException(
                $"Base model '{name}': <pad> has the id {tokenizer.PadId} in the vocabulary, "
                + $"but config.json says pad_token_id {Configuration.PadId}. "
                + "Do the files belong together?");
    }

    /// <summary><see cref="EmbeddedName"/>, or the directory as it was given.</summary>
    public string Name { get; }

    /// <summary>The text of config.json.</summary>
    public string ConfigurationJson { get; }

    /// <summary>The shape of the model.</summary>
    public RobertaConfiguration Configuration { get; }

    /// <summary>The weights, named without the prefix <c>roberta.</c></summary>
    public ITensorSource Tensors { get; }

    /// <summary>Its tokenizer.</summary>
    public RobertaTokenizer Tokenizer { get; }

    /// <summary>Opens a base model.</summary>
    /// <param name="nameOrDirectory">
    /// Null or <see cref="EmbeddedName"/>: the embedded model. Else a directory with config.json, model.safetensors (or shards with an
    /// index), vocab.json and merges.txt.
    /// </param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message says which.</exception>
    /// <exception cref="NotSupportedException">The model is of another architecture than RoBERTa.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the files do not belong together.</exception>
    /// <exception cref="InvalidOperationException">This build has no embedded model.</exception>
    public static BaseModel Open(string? nameOrDirectory = null)
    {
        if (nameOrDirectory is null or EmbeddedName)
            return OpenEmbedded();
        ModelDirectory directory = ModelDirectory.Open(nameOrDirectory);
        try
        {
            var tokenizer = RobertaTokenizer.FromDirectory(nameOrDirectory);
            return new BaseModel(nameOrDirectory, directory.ConfigurationJson, directory.Tensors, tokenizer, directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>A new encoder with the pretrained weights; the caller owns it.</summary>
    /// <exception cref="InvalidDataException">A weight is missing or has another shape.</exception>
    public RobertaEncoder CreateEncoder() => new(Configuration, new CheckpointWeights(Tensors));

    /// <summary>Closes the files.</summary>
    public void Dispose() => _files.Dispose();

    private static BaseModel OpenEmbedded()
    {
        SafeTensorsFile weights = SafeTensorsFile.FromBytes(Resource("model.safetensors"), EmbeddedName);
        var tokenizer = RobertaTokenizer.FromContents(Resource("vocab.json"), Resource("merges.txt"));
        string configuration = System.Text.Encoding.UTF8.GetString(Resource("config.json"));
        return new BaseModel(EmbeddedName, configuration, new RenamedTensors(weights, "roberta."), tokenizer, weights);
    }

    private static byte[] Resource(string file)
    {
        using Stream? stream = typeof(BaseModel).Assembly.GetManifestResourceStream($"{EmbeddedName}/{file}");
        if (stream is null)
            throw new InvalidOperationException(
                $"This build of Microsoft.ML.DeLoRA has no embedded model '{EmbeddedName}' ({file} is missing); "
                + "name a Hugging Face directory with a RoBERTa model instead.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
