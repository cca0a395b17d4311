using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// A base model with a new head and new adapters: what training starts from, also in a loop of your own, and a <see cref="TextModel"/>
/// comes out of (<see cref="TextModel.Create"/>).
/// </summary>
/// <remarks>
/// Owns its parts until a <see cref="TextModel"/> takes them over; then it must not be used any more. Not thread-safe. Sums of tensors and
/// arithmetic with numbers, in a loss of your own, go through <see cref="Native.TensorArithmetic"/>.
/// </remarks>
public sealed partial class TrainableModel : IDisposable
{
    private bool _handedOn;

    private TrainableModel(FrozenBase frozen, SequenceClassifier classifier, AdapterSet? adapters)
        => (Base, Classifier, Adapters) = (frozen, classifier, adapters);

    internal FrozenBase Base { get; }

    /// <summary>Encoder, with the adapters on it, and head.</summary>
    internal SequenceClassifier Classifier { get; }

    /// <summary>What the reader of the base model's and the adapter's files should know, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>The configuration that the adapters came with; null when they are new.</summary>
    internal PeftConfiguration? PeftConfiguration { get; private set; }

    /// <summary>The adapters on the encoder; null when only the head is trained.</summary>
    public AdapterSet? Adapters { get; }

    /// <summary>What became of a trained head that training could start from; null when there is none.</summary>
    internal string? HeadNote { get; private init; }

    /// <summary>Whether that head, or a part of it, is what training starts from.</summary>
    internal bool TakesHeadOver { get; private init; }

    /// <summary>Takes all that is needed from the base model's files, which may change or go away while training runs.</summary>
    /// <param name="baseModel">See <see cref="BaseModel.Open"/>.</param>
    /// <param name="adapter">The adapter method; null: the head only.</param>
    /// <param name="outputs">Outputs of the head.</param>
    /// <param name="seed">The user's seed, from which those of the head's and the adapters' initial values are derived.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="task">
    /// What the outputs mean: a head in the base model is taken over where its labels agree. Null: the head is new.
    /// </param>
    /// <exception cref="ArgumentException">An option of the method does not fit the base model.</exception>
    /// <exception cref="IOException">
    /// The base model's files are missing; <see cref="InvalidDataException"/> when they are damaged.
    /// </exception>
    internal static TrainableModel Create(
        string? baseModel, AdapterMethod? adapter, int outputs, long seed, Device device, HeadLabels? task)
    {
        using BaseModel source = BaseModel.Open(baseModel);
        TrainableModel model = Start(
            source, source.Tensors, task is null ? null : HeadLabels.Of(source), inOrder: false, source.Name, outputs, task, seed, device,
            encoder => adapter is null ? null : AdapterSet.Attach(encoder, adapter, Seeds.For(seed, SeedPurpose.Adapters)));
        if (task is null && HasHead(source))
            model.Warnings = [$"The base model '{source.Name}' has a trained head of its own; a new one is trained."];
        return model;
    }

    /// <summary>
    /// An adapter that PEFT trained, to be trained on: by the same method, from the values that it has, and with its head where the labels
    /// agree.
    /// </summary>
    /// <param name="baseModel">The base model that it was trained on; see <see cref="BaseModel.Open"/>.</param>
    /// <param name="directory">The adapter.</param>
    /// <param name="task">What the outputs mean.</param>
    /// <param name="seed">Seed of the initial values of outputs that the adapter's head lacks.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="InvalidDataException">The adapter's files are damaged or do not fit the base model.</exception>
    internal static TrainableModel ContinuePeft(string? baseModel, PeftDirectory directory, HeadLabels task, long seed, Device device)
    {
        using BaseModel source = BaseModel.OpenFor(baseModel, directory);
        HeadLabels? trained = directory.HeadOutputs is { } outputs ? PeftHead(directory, outputs) : null;
        TrainableModel model = Start(
            source, AdapterNames.ByOwnName(directory.Tensors, source.Configuration.Family), trained, inOrder: true, directory.Path,
            task.OutputCount, task, seed, device, encoder => directory.Attach(encoder));
        model.RequireBaseOf(directory, source);
        model.Warnings = directory.Warnings;
        model.PeftConfiguration = directory.Configuration;
        return model;
    }

    /// <summary>
    /// Adapters and head that PEFT trained, on the base model that they were trained on. As in PEFT, what the adapter's files lack of the
    /// head is the base model's.
    /// </summary>
    /// <exception cref="InvalidDataException">The adapter's files are damaged, have no head or do not fit the base model.</exception>
    internal static TrainableModel FromPeft(BaseModel source, PeftDirectory directory, Device device)
    {
        RenamedTensors trained = AdapterNames.ByOwnName(directory.Tensors, source.Configuration.Family);
        HeadLayout head = source.Configuration.Family.Head;
        string[] lacking = [.. head.ParameterNames.Where(n => !trained.Contains(n))];
        if (lacking.Any(n => !source.Tensors.Contains(n)))
            throw new InvalidDataException($"'{directory.Path}' has no whole classification head of {source.Configuration.Family.Title} "
                + $"({string.Join(", ", lacking)} "
                + $"{(lacking.Length == 1 ? "is" : "are")} missing), nor has the base model '{source.Name}', so it cannot classify.");
        ITensorSource Of(string name) => trained.Contains(name) ? trained : source.Tensors;
        int outputs = Of(head.OutputWeight).Shape(head.OutputWeight) is [> 0 and <= int.MaxValue and var rows, _] ? (int)rows
            : throw new InvalidDataException($"{Of(head.OutputWeight).Description}: '{head.OutputWeight}' is no matrix [outputs, hidden].");
        var headWeights = new PartWeights(new CheckpointWeights(trained), new CheckpointWeights(source.Tensors), lacking);
        TrainableModel model = Create(source, outputs, headWeights, device, encoder => directory.Attach(encoder));
        model.RequireBaseOf(directory, source);
        model.Warnings = [.. directory.Warnings, .. HeadWarning(source, directory, lacking)];
        model.PeftConfiguration = directory.Configuration;
        return model;
    }

    private void RequireBaseOf(PeftDirectory directory, BaseModel source)
    {
        try
        {
            BaseFingerprint.Require(directory, this, source.Name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static bool HasHead(BaseModel source) => source.Tensors.Contains(source.Configuration.Family.Head.OutputWeight);

    private static IEnumerable<string> HeadWarning(BaseModel source, PeftDirectory directory, string[] lacking)
    {
        if (lacking.Length > 0)
            yield return $"{directory.Path} has no {string.Join(", ", lacking)}; the head of the base model '{source.Name}' is used there.";
        else if (HasHead(source))
            yield return $"The base model '{source.Name}' has a trained head of its own; the adapter's takes its place.";
    }

    /// <summary>A base model with its own head.</summary>
    /// <exception cref="InvalidDataException">It has none, or is damaged.</exception>
    internal static TrainableModel FromHead(BaseModel source, Device device)
    {
        EncoderFamily family = source.Configuration.Family;
        int outputs = source.HeadOutputs ?? throw new InvalidDataException($"'{source.Name}' has no classification head of {family.Title} "
            + $"({family.Head.Dense}.weight, {family.Head.OutputWeight}), so it cannot classify; fine-tune it first.");
        return Create(source, outputs, new CheckpointWeights(source.Tensors), device, _ => null);
    }

    private static HeadLabels PeftHead(PeftDirectory directory, int outputs)
    {
        PeftLabels? labels = PeftLabels.Find(directory.Path);
        if (labels is { Labels.Count: > 0 })
            LabelNames.Require(labels.Labels, outputs, Path.Combine(directory.Path, PeftLabels.FileName));
        return new HeadLabels(labels?.Kind ?? TextModelDescription.UsualKind(outputs), outputs, labels?.Labels ?? []);
    }

    private static TrainableModel Start(
        BaseModel source, ITensorSource headTensors, HeadLabels? trained, bool inOrder, string name, int outputs, HeadLabels? task,
        long seed, Device device, Func<PackedEncoder, AdapterSet?> attach)
    {
        using var random = new RandomWeights(source.Configuration, Seeds.For(seed, SeedPurpose.Head));
        HeadLayout head = source.Configuration.Family.Head;
        string[] pretrained =
            [.. head.ParameterNames.Where(n => head.HasPretrainedDense && !head.IsOfOutput(n) && source.Tensors.Contains(n))];
        var fresh = new PartWeights(random, new CheckpointWeights(source.Tensors), pretrained);
        int?[]? rows = trained is null ? null : task!.RowsOf(trained, inOrder);
        IWeightSource headWeights = rows is null ? fresh : new TakenOverHead(fresh, head, headTensors, trained!.OutputCount, rows);
        string? note = trained is null ? null
            : rows is null ? $"The head in '{name}', for {trained}, is not used: the training data are {task}. A new head is trained."
            : rows.All(r => r is not null) ? $"The head in '{name}', for {trained}, is trained on."
            : $"The head in '{name}', for {trained}, is trained on; new in it are "
                + $"{LabelNames.Listed([.. task!.Names.Where((_, i) => rows[i] is null)])}.";
        TrainableModel model = Create(source, outputs, headWeights, device, attach);
        return new TrainableModel(model.Base, model.Classifier, model.Adapters) { HeadNote = note, TakesHeadOver = rows is not null };
    }

    private static TrainableModel Create(
        BaseModel source, int outputs, IWeightSource headWeights, Device device, Func<PackedEncoder, AdapterSet?> attach)
    {
        PackedEncoder encoder = source.CreateEncoder();
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
    /// <exception cref="InvalidDataException">
    /// The description does not fit the model, or libtorch cannot compute with its weights.
    /// </exception>
    internal FineTunedModel Finish(TextModelDescription description)
    {
        FineTunedModel model;
        try
        {
            model = new FineTunedModel(Base, Classifier, Adapters, description)
            {
                Warnings = Warnings,
                PeftConfiguration = PeftConfiguration,
            };
        }
        catch (Exception e) when (TorchFault.IsOne(e))
        {
            throw new InvalidDataException(
                $"The model cannot be computed: {TorchFault.Text(e)} Its weights or the adapter's are too large.", e);
        }
        _handedOn = true;
        return model;
    }

    /// <summary>Frees the parts, unless a <see cref="TextModel"/> has taken them over.</summary>
    public void Dispose()
    {
        if (_handedOn)
            return;
        Adapters?.Dispose();
        Classifier.Dispose();
    }

    private sealed class PartWeights(IWeightSource first, IWeightSource second, IReadOnlyList<string> ofSecond) : IWeightSource
    {
        public Tensor Get(string name, ReadOnlySpan<long> shape) => (ofSecond.Contains(name) ? second : first).Get(name, shape);
    }
}
