using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// A pretrained encoder to start from: configuration, weights and tokenizer. The embedded one, a Hugging Face directory, or a model that
/// was saved here.
/// </summary>
/// <remarks>Thread-safe for reading. Dispose closes its files; encoders made from it stay valid.</remarks>
public sealed class BaseModel : IDisposable
{
    /// <summary>The name of the small model that is part of this library.</summary>
    public const string EmbeddedName = "roberta-nano";

    internal const string WordEmbeddings = "embeddings.word_embeddings.weight";

    private readonly IDisposable _files;

    private BaseModel(string name, string configurationJson, ITensorSource tensors, ITextTokenizer tokenizer, IDisposable files)
    {
        (Name, ConfigurationJson, Tensors, Tokenizer, _files) = (name, configurationJson, tensors, tokenizer, files);
        Configuration = EncoderConfiguration.FromJson(configurationJson);
        Head = HeadConfiguration.FromJson(configurationJson);
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

    /// <summary><see cref="EmbeddedName"/>, or the directory or file as it was given.</summary>
    public string Name { get; }

    /// <summary>The text of config.json.</summary>
    internal string ConfigurationJson { get; }

    /// <summary>The shape of the model.</summary>
    public EncoderConfiguration Configuration { get; }

    /// <summary>The weights, named without their family's prefix (<c>roberta.</c>).</summary>
    internal ITensorSource Tensors { get; }

    /// <summary>Its tokenizer.</summary>
    public ITextTokenizer Tokenizer { get; }

    /// <summary>
    /// The most tokens of a text or pair that it is meant for: its positions, or what its tokenizer's files say if that is less.
    /// </summary>
    public int MaxLength => Math.Min(Configuration.MaxTokens, Tokenizer.MaxLength ?? int.MaxValue);

    /// <summary>What is known of the head in it.</summary>
    internal HeadConfiguration Head { get; private init; }

    /// <summary>Outputs of the classification head in it; null when there is none.</summary>
    internal int? HeadOutputs
    {
        get
        {
            HeadLayout head = Configuration.Family.Head;
            return Tensors.Contains(head.Dense + ".weight") && Tensors.Contains(head.OutputWeight)
                && Tensors.Shape(head.OutputWeight) is [> 0 and <= TextModelDescription.MostOutputs and var outputs, _]
                    ? (int)outputs
                    : null;
        }
    }

    /// <summary>Opens a base model.</summary>
    /// <param name="nameOrDirectory">
    /// Null or <see cref="EmbeddedName"/>: the embedded model. Else a directory with config.json, model.safetensors (or shards with an
    /// index) and the tokenizer's files (RoBERTa: see <see cref="RobertaTokenizer.FromDirectory"/>); or the file of a model that was saved
    /// here, by <c>mlContext.Model.Save</c> or <see cref="TextModel.Save(Stream)"/>: its encoder as it predicts, with the adapter merged,
    /// is the base then.
    /// </param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory, or it holds an adapter and no model.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message says which.</exception>
    /// <exception cref="NotSupportedException">
    /// The model is of no family that is known, its tokenizer is of another kind, or its adapter cannot be merged.
    /// </exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the files do not belong together.</exception>
    /// <exception cref="InvalidOperationException">This build has no embedded model.</exception>
    public static BaseModel Open(string? nameOrDirectory = null)
    {
        if (nameOrDirectory is null or EmbeddedName)
            return OpenEmbedded();
        if (ModelArchive.IsOne(nameOrDirectory))
            return OpenSaved(nameOrDirectory);
        bool isAdapter = File.Exists(Path.Combine(nameOrDirectory, PeftDirectory.ConfigurationFile))
            && !File.Exists(Path.Combine(nameOrDirectory, ModelFiles.Configuration));
        if (isAdapter)
            throw new DirectoryNotFoundException(
                $"'{nameOrDirectory}' holds an adapter ({PeftDirectory.ConfigurationFile}) and no base model; "
                + "give the model that the adapter was trained on as the base.");
        ModelDirectory directory = ModelDirectory.Open(nameOrDirectory);
        try
        {
            ITextTokenizer tokenizer = directory.Family.ReadTokenizer(nameOrDirectory);
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
    public PackedEncoder CreateEncoder() => new(Configuration, new CheckpointWeights(Tensors));

    /// <summary>Closes the files.</summary>
    public void Dispose() => _files.Dispose();

    /// <summary>
    /// A base model with what an adapter's directory has in its place: word embeddings for more or fewer tokens, and the tokenizer that
    /// was saved with the adapter. Disposing it does not close the adapter's directory.
    /// </summary>
    /// <exception cref="InvalidDataException">The embeddings do not fit, or have tokens that no file names.</exception>
    internal static BaseModel OpenFor(string? nameOrDirectory, PeftDirectory adapter)
    {
        BaseModel source = Open(nameOrDirectory);
        try
        {
            EncoderFamily family = source.Configuration.Family;
            ITextTokenizer? tokenizer = family.HasTokenizer(adapter.Path) ? family.ReadTokenizer(adapter.Path) : null;
            string name = AdapterNames.Of(family, WordEmbeddings);
            int rows = source.Configuration.VocabularySize;
            if (adapter.Tensors.Contains(name))
            {
                ReadOnlySpan<long> shape = adapter.Tensors.Shape(name);
                if (shape.Length != 2 || shape[1] != source.Configuration.HiddenSize || shape[0] is < 1 or > int.MaxValue)
                    throw new InvalidDataException($"{adapter.Tensors.Description}: '{name}' has the shape {Shapes.Format(shape)}; "
                        + $"the base model's word embeddings have {Shapes.Format([rows, source.Configuration.HiddenSize])}.");
                if (shape[0] > rows && tokenizer is null)
                    throw new InvalidDataException($"'{adapter.Path}' has word embeddings for {shape[0]:N0} tokens, "
                        + $"{shape[0] - rows:N0} more than the base model, and no file that names them. "
                        + "Put the tokenizer of the training run beside the adapter (in Python: tokenizer.save_pretrained(DIRECTORY)).");
                rows = (int)shape[0];
            }
            if (tokenizer is null && rows == source.Configuration.VocabularySize)
                return source;
            bool resized = rows != source.Configuration.VocabularySize;
            return new BaseModel(
                source.Name,
                resized ? WithVocabularySize(source.ConfigurationJson, rows) : source.ConfigurationJson,
                resized ? new ReplacedTensor(source.Tensors, WordEmbeddings, adapter.Tensors, name) : source.Tensors,
                tokenizer ?? source.Tokenizer, source)
            { Head = source.Head };
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static string WithVocabularySize(string configurationJson, int rows)
    {
        JsonObject configuration = JsonNode.Parse(configurationJson)!.AsObject();
        configuration["vocab_size"] = rows;
        return configuration.ToJsonString(new() { WriteIndented = true });
    }

    private static BaseModel OpenSaved(string path)
    {
        FineTunedModel model = ModelArchive.Find(path);
        try
        {
            if (model.Adapters is { CanMerge: false } adapters)
                throw new NotSupportedException($"The adapter in '{path}' ({adapters.Method.Name}) cannot be merged into the weights, "
                    + "so the model cannot be a base. Save the adapter for PEFT, if PEFT has a form for it, and let that one train on.");
            TextModelDescription description = model.Description;
            var tensors = new EncoderTensors(model.Classifier, path);
            return new BaseModel(path, model.Base.ConfigurationJson, tensors, model.Base.Tokenizer, model)
            {
                Head = new HeadConfiguration(description.Labels, ProblemTypes.Of(description.Kind)),
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static BaseModel OpenEmbedded()
    {
        SafeTensorsFile weights = SafeTensorsFile.FromBytes(Resource("model.safetensors"), EmbeddedName);
        string configuration = System.Text.Encoding.UTF8.GetString(Resource("config.json"));
        EncoderFamily family = EncoderConfiguration.FromJson(configuration).Family;
        ITextTokenizer tokenizer = family.RestoreTokenizer(name => Resource(name), _ => null);
        return new BaseModel(EmbeddedName, configuration, new RenamedTensors(weights, family.NameOf), tokenizer, weights);
    }

    private static byte[] Resource(string file)
    {
        using Stream? stream = typeof(BaseModel).Assembly.GetManifestResourceStream($"{EmbeddedName}/{file}");
        if (stream is null)
            throw new InvalidOperationException(
                $"This build of Microsoft.ML.DeLoRA has no embedded model '{EmbeddedName}' ({file} is missing); "
                + $"name a Hugging Face directory with a {EncoderFamilies.Listed(f => f.Title, "or")} model instead.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
