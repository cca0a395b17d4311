using System.Text;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Text;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// A text model as named streams: a Hugging Face directory (base weights in the type that they came in) and the adapter with the head
/// (float32, PEFT's names) beside it. What holds the streams together, a zip file or an ML.NET model file, is the caller's affair.
/// Nothing that is read is trusted.
/// </summary>
internal static class TextModelFile
{
    /// <summary>The stream that every model has, and by which it is found.</summary>
    public const string DescriptionFile = "model.json";

    private const string ConfigurationFile = "config.json";
    private const string BaseFile = "model.safetensors";
    private const string MethodFile = "adapter_config.json";
    private const string PeftFile = "peft_adapter_config.json";
    private const string TrainedFile = "adapter_model.safetensors";

    /// <summary>The streams, to be written in their order; the last one has the checksums of the others.</summary>
    /// <param name="model">The model.</param>
    /// <param name="more">Others that belong to the file.</param>
    public static IEnumerable<(string Name, Action<Stream> Write)> Streams(
        FineTunedModel model, params IEnumerable<(string Name, Action<Stream> Write)> more)
    {
        var manifest = new ModelManifest.Writer();
        TextModelDescription description = model.Description with { FormatVersion = TextModelDescription.NewestFormat };
        yield return manifest.Stream(DescriptionFile, description.WriteTo);
        yield return manifest.Stream(ConfigurationFile, stream => stream.Write(Encoding.UTF8.GetBytes(model.Base.ConfigurationJson)));
        foreach ((string name, ReadOnlyMemory<byte> content) in model.Base.Tokenizer.Files)
            yield return manifest.Stream(name, stream => stream.Write(content.Span));
        yield return manifest.Tensors(BaseFile, () => model.Base.Weights(model.Classifier.Encoder));
        if (model.Adapters is { } adapters)
            yield return manifest.Stream(MethodFile, stream => AdapterMethodJson.Write(stream, adapters.Method));
        if (model.PeftConfiguration is { } peft)
            yield return manifest.Stream(PeftFile, stream => stream.Write(Encoding.UTF8.GetBytes(peft.ToJson())));
        yield return manifest.Tensors(TrainedFile, () => Trained(model));
        foreach ((string name, Action<Stream> write) in more)
            yield return manifest.Stream(name, write);
        yield return manifest.Manifest();
    }

    /// <summary>Reads a model. Every stream is checked whole before anything in it is used.</summary>
    /// <param name="streams">The streams, their manifest read; they may be closed afterwards.</param>
    /// <param name="device">Where the model goes; null: the CPU.</param>
    /// <param name="all">The names of all streams that there are; null: nobody knows.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or of a newer version.</exception>
    public static FineTunedModel Load(BoundedStreams streams, Device? device, IEnumerable<string>? all = null)
    {
        try
        {
            return Read(streams, device, all);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException || TorchFault.IsOne(e))
        {
            // The parts check their arguments and options; here these came from the file.
            throw new InvalidDataException($"The model file is damaged: {TorchFault.Text(e)}", e);
        }
    }

    private static FineTunedModel Read(BoundedStreams streams, Device? device, IEnumerable<string>? all)
    {
        TextModelDescription description = streams.RequireJson(DescriptionFile, TextModelDescription.Read);
        string json = Utf8Text.Decode(streams.Require(ConfigurationFile, RegularFile.LargestText).Span, ConfigurationFile);
        var configuration = EncoderConfiguration.FromJson(json);
        description.Check(configuration);
        if (description.FormatVersion > 1 != streams.HasManifest)
            throw new InvalidDataException("The model file is damaged: " + (streams.HasManifest
                ? $"it has a {ModelManifest.FileName}, but {DescriptionFile} says that it is of version 1, which has none."
                : $"it lacks '{ModelManifest.FileName}', the checksums of its streams."));
        ITextTokenizer tokenizer = configuration.Family.RestoreTokenizer(
            name => streams.Require(name, RegularFile.LargestText), name => streams.Find(name, RegularFile.LargestText));
        if (tokenizer.VocabularySize > configuration.VocabularySize || tokenizer.PadId != configuration.PadId)
            throw new InvalidDataException("The model file is damaged: its vocabulary does not belong to its configuration.");

        AdapterMethod? method = streams.FindJson(MethodFile, AdapterMethodJson.Read, AdapterMethodJson.LargestText);
        PeftConfiguration? peft =
            streams.FindJson(PeftFile, text => PeftConfiguration.Parse(Encoding.UTF8.GetString(text), PeftFile, configuration.Family));
        using SafeTensorsFile baseFile = streams.RequireTensors(BaseFile, LargestTensors(configuration));
        using SafeTensorsFile trained = streams.RequireTensors(TrainedFile, 3 * LargestTensors(configuration));
        streams.RequireNoOthers(all);
        RequireType(baseFile, TensorDataType.Float16, TensorDataType.BFloat16, TensorDataType.Float32);
        RequireType(trained, TensorDataType.Float32);
        var pretrained = new RenamedTensors(baseFile, configuration.Family.NameOf);
        SequenceClassifier? classifier = null;
        AdapterSet? adapters = null;
        try
        {
            classifier = new SequenceClassifier(
                new PackedEncoder(configuration, new CheckpointWeights(pretrained)),
                new ClassificationHead(
                    configuration, description.OutputCount, new CheckpointWeights(AdapterNames.ByOwnName(trained, configuration.Family))));
            RequireNoOthers(baseFile, classifier.Encoder.Parameters.Select(p => configuration.Family.FullName(p.Name)));
            IEnumerable<string> ofHead = classifier.Head.Parameters.Select(p => AdapterNames.Of(configuration.Family, p.Name));
            RequireNoOthers(trained, method is null ? ofHead : ofHead.Concat(trained.Names.Where(n => !AdapterNames.IsOfHead(n))));
            classifier.MoveTo(device ?? CPU);
            if (method is not null)
                adapters = LoadAdapters(classifier.Encoder, method, trained);
            var frozen = new FrozenBase(json, tokenizer, pretrained, classifier.Encoder, adapters);
            if (peft is not null && (adapters is null || PeftFormats.Of(adapters.Method) != peft.Format))
                throw new InvalidDataException($"The model file is damaged: '{PeftFile}' does not belong to its adapter.");
            return new FineTunedModel(frozen, classifier, adapters, description) { PeftConfiguration = peft };
        }
        catch
        {
            adapters?.Dispose();
            classifier?.Dispose();
            throw;
        }
    }

    // 8 bytes for each number of the encoder, and a header.
    private static long LargestTensors(EncoderConfiguration configuration)
    {
        double hidden = configuration.HiddenSize, inner = configuration.IntermediateSize;
        double tables = hidden * ((double)configuration.VocabularySize + configuration.PositionCount + configuration.TypeCount + 2);
        double layer = 4 * hidden * hidden + 2 * hidden * inner + inner + 9 * hidden;
        return (long)Math.Min(8 * (tables + configuration.LayerCount * layer) + RegularFile.LargestText, long.MaxValue / 4);
    }

    private static void RequireType(SafeTensorsFile file, params ReadOnlySpan<TensorDataType> types)
    {
        foreach (string name in file.Names)
        {
            if (!types.Contains(file.DataType(name)))
                throw new InvalidDataException($"The model file is damaged: tensor '{name}' of {file.Description} holds "
                    + $"{file.DataType(name).FileName()}, which no weight is saved as.");
        }
    }

    private static void RequireNoOthers(ITensorSource source, IEnumerable<string> wanted)
    {
        HashSet<string> known = [.. wanted];
        if (source.Names.FirstOrDefault(n => !known.Contains(n)) is { } other)
            throw new InvalidDataException(
                $"The model file is damaged: {source.Description} has the tensor '{other}', which nothing in the model takes.");
    }

    private static AdapterSet LoadAdapters(PackedEncoder encoder, AdapterMethod method, ITensorSource source)
    {
        using PatternBudget? budget = PatternBudget.Begin();
        SavedShapes.Require(encoder, method, source);
        AdapterSet adapters = AdapterSet.Attach(encoder, method);
        try
        {
            adapters.Load(source);
            return adapters;
        }
        catch
        {
            adapters.Dispose();
            throw;
        }
    }

    private static SafeTensorsWriter Trained(FineTunedModel model)
    {
        var writer = new SafeTensorsWriter();
        foreach ((string name, Tensor value) in model.Adapters?.Tensors() ?? new Dictionary<string, Tensor>())
            writer.Add(name, value, TensorDataType.Float32);
        foreach (ModelParameter parameter in model.Classifier.Head.Parameters)
            writer.Add(AdapterNames.Of(model.Classifier.Encoder.Family, parameter.Name), parameter.Value, TensorDataType.Float32);
        return writer;
    }
}
