using System.Text;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Checkpoints;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tokenization;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Serving;

/// <summary>
/// A text model as named streams: a Hugging Face directory (base weights in the type that they came in) and the adapter with the head
/// (float32, PEFT's names) beside it. What holds the streams together, a zip file or an ML.NET model file, is the caller's affair.
/// Nothing that is read is trusted.
/// </summary>
internal static class TextModelFile
{
    private const string DescriptionFile = "model.json";
    private const string ConfigurationFile = "config.json";
    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";
    private const string BaseFile = "model.safetensors";
    private const string MethodFile = "adapter_config.json";
    private const string TrainedFile = "adapter_model.safetensors";

    public static IEnumerable<(string Name, Action<Stream> Write)> Streams(TextModel model)
    {
        yield return (DescriptionFile, model.Description.WriteTo);
        yield return (ConfigurationFile, stream => stream.Write(Encoding.UTF8.GetBytes(model.Base.ConfigurationJson)));
        yield return (VocabularyFile, stream => stream.Write(model.Base.Tokenizer.VocabularyContent.Span));
        yield return (MergesFile, stream => stream.Write(model.Base.Tokenizer.MergesContent.Span));
        yield return (BaseFile, stream => model.Base.Weights(model.Classifier.Encoder).Write(stream));
        if (model.Adapters is { } adapters)
            yield return (MethodFile, stream => AdapterMethodJson.Write(stream, adapters.Method));
        yield return (TrainedFile, stream => Trained(model).Write(stream));
    }

    /// <param name="open">Opens the stream of a name and hands it over; false when there is none.</param>
    /// <param name="device">Where the model goes; null: the CPU.</param>
    public static TextModel Load(Func<string, Action<Stream>, bool> open, Device? device)
    {
        try
        {
            return Read(new BoundedStreams(open), device);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // The parts check their arguments and options; here these came from the file.
            throw new InvalidDataException($"The model file is damaged: {e.Message}", e);
        }
    }

    private static TextModel Read(BoundedStreams streams, Device? device)
    {
        TextModelDescription description = streams.RequireJson(DescriptionFile, TextModelDescription.Read);
        string json = Encoding.UTF8.GetString(streams.Require(ConfigurationFile, BoundedStreams.LargestText).Span);
        var configuration = RobertaConfiguration.FromJson(json);
        description.Check(configuration);
        var tokenizer = RobertaTokenizer.FromContents(
            streams.Require(VocabularyFile, BoundedStreams.LargestText), streams.Require(MergesFile, BoundedStreams.LargestText));
        if (tokenizer.VocabularySize > configuration.VocabularySize || tokenizer.PadId != configuration.PadId)
            throw new InvalidDataException("The model file is damaged: its vocabulary does not belong to its configuration.");

        using SafeTensorsFile baseFile = SafeTensorsFile.FromBytes(streams.Require(BaseFile, Array.MaxLength), BaseFile);
        using SafeTensorsFile trained = SafeTensorsFile.FromBytes(streams.Require(TrainedFile, Array.MaxLength), TrainedFile);
        var pretrained = new RenamedTensors(baseFile, "roberta.");
        SequenceClassifier? classifier = null;
        AdapterSet? adapters = null;
        try
        {
            classifier = new SequenceClassifier(
                new RobertaEncoder(configuration, new CheckpointWeights(pretrained)),
                new ClassificationHead(configuration, description.OutputCount, new CheckpointWeights(new RenamedTensors(trained, AdapterNames.Prefix))));
            classifier.MoveTo(device ?? CPU);
            if (streams.FindJson(MethodFile, AdapterMethodJson.Read) is { } method)
                adapters = LoadAdapters(classifier.Encoder, method, trained);
            var frozen = new FrozenBase(json, tokenizer, pretrained, classifier.Encoder, adapters);
            return new TextModel(frozen, classifier, adapters, description);
        }
        catch
        {
            adapters?.Dispose();
            classifier?.Dispose();
            throw;
        }
    }

    private static AdapterSet LoadAdapters(RobertaEncoder encoder, AdapterMethod method, ITensorSource source)
    {
        AdapterSet adapters = AdapterSet.Attach(encoder, method);
        using var scope = NewDisposeScope();
        try
        {
            IEnumerable<string> names = source.Names.Where(n => !AdapterNames.IsOfHead(n));
            adapters.Load(names.ToDictionary(n => n, n => source.ReadTensor(n)));
            return adapters;
        }
        catch
        {
            adapters.Dispose();
            throw;
        }
    }

    private static SafeTensorsWriter Trained(TextModel model)
    {
        var writer = new SafeTensorsWriter();
        foreach ((string name, Tensor value) in model.Adapters?.Tensors() ?? new Dictionary<string, Tensor>())
            writer.Add(name, value, TensorDataType.Float32);
        foreach (ModelParameter parameter in model.Classifier.Head.Parameters)
            writer.Add(AdapterNames.OfHead(parameter.Name), parameter.Value, TensorDataType.Float32);
        return writer;
    }
}
