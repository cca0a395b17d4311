using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Checkpoints;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Serving;

/// <summary>A base model with a new head and new adapters: what training starts from and a <see cref="TextModel"/> comes out of.</summary>
/// <remarks>Owns its parts until <see cref="ToTextModel"/> hands them on. Not thread-safe.</remarks>
internal sealed class TrainableModel : IDisposable
{
    private bool _handedOn;

    private TrainableModel(FrozenBase frozen, SequenceClassifier classifier, AdapterSet? adapters)
        => (Base, Classifier, Adapters) = (frozen, classifier, adapters);

    public FrozenBase Base { get; }

    public SequenceClassifier Classifier { get; }

    /// <summary>Null when only the head is trained.</summary>
    public AdapterSet? Adapters { get; }

    /// <summary>Takes all that is needed from the base model's files, which may change or go away while training runs.</summary>
    /// <param name="baseModel">See <see cref="BaseModel.Open"/>.</param>
    /// <param name="adapter">The adapter method; null: the head only.</param>
    /// <param name="outputs">Outputs of the head.</param>
    /// <param name="seed">Seed of the head's and the adapters' initial values.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="ArgumentException">An option of the method does not fit the base model.</exception>
    /// <exception cref="IOException">The base model's files are missing; <see cref="InvalidDataException"/> when they are damaged.</exception>
    public static TrainableModel Create(string? baseModel, AdapterMethod? adapter, int outputs, long seed, Device device)
    {
        using BaseModel source = BaseModel.Open(baseModel);
        using var headWeights = new RandomWeights(source.Configuration, seed);
        return Create(source, outputs, headWeights, device, encoder => adapter is null ? null : AdapterSet.Attach(encoder, adapter, seed));
    }

    /// <summary>Adapters and head that PEFT trained, on the base model that they were trained on.</summary>
    /// <exception cref="InvalidDataException">The adapter's files are damaged, have no head or do not fit the base model.</exception>
    public static TrainableModel FromPeft(string? baseModel, PeftDirectory directory, Device device)
    {
        using BaseModel source = BaseModel.Open(baseModel);
        int outputs = directory.HeadOutputs
            ?? throw new InvalidDataException($"'{directory.Path}' has no classification head of RoBERTa (classifier.out_proj.weight), so it cannot classify.");
        var headWeights = new CheckpointWeights(new RenamedTensors(directory.Tensors, AdapterNames.Prefix));
        return Create(source, outputs, headWeights, device, encoder => directory.Attach(encoder));
    }

    private static TrainableModel Create(BaseModel source, int outputs, IWeightSource headWeights, Device device, Func<RobertaEncoder, AdapterSet?> attach)
    {
        RobertaEncoder encoder = source.CreateEncoder();
        ClassificationHead? head = null;
        AdapterSet? adapters = null;
        try
        {
            head = new ClassificationHead(source.Configuration, outputs, headWeights);
            var classifier = new SequenceClassifier(encoder, head);
            classifier.MoveTo(device);
            adapters = attach(encoder);
            var frozen = new FrozenBase(source.ConfigurationJson, source.Tokenizer, source.Tensors, encoder, adapters);
            return new TrainableModel(frozen, classifier, adapters);
        }
        catch
        {
            adapters?.Dispose();
            head?.Dispose();
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>The model for prediction, with the adapters merged; it owns the parts from now on.</summary>
    /// <exception cref="InvalidDataException">The description does not fit the model, or libtorch cannot compute with its weights.</exception>
    public TextModel ToTextModel(TextModelDescription description)
    {
        TextModel model;
        try
        {
            model = new TextModel(Base, Classifier, Adapters, description);
        }
        catch (Exception e) when (NativeFault.IsOne(e))
        {
            throw new InvalidDataException($"The model cannot be computed: {NativeFault.Text(e)} Its weights or the adapter's are too large.", e);
        }
        _handedOn = true;
        return model;
    }

    public void Dispose()
    {
        if (_handedOn)
            return;
        Adapters?.Dispose();
        Classifier.Dispose();
    }
}
