using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// A model that is done: the base, an encoder with the adapter merged into its weights (or beside them, where it cannot be merged), the
/// head, and what its outputs mean. It is what a model file holds.
/// </summary>
/// <remarks>Owns its tensors. Any number of threads may ask for scores at once.</remarks>
internal sealed class FineTunedModel : IDisposable
{
    /// <summary>Takes over a trained classifier and its adapters, and merges what can be merged.</summary>
    /// <param name="frozen">The base model as it was.</param>
    /// <param name="classifier">Encoder and head.</param>
    /// <param name="adapters">The adapters on the encoder, not merged; null: only the head was trained.</param>
    /// <param name="description">What the model expects and gives.</param>
    /// <exception cref="InvalidDataException">
    /// The description does not fit the model, or it computes what is not finite; then the parts stay the caller's.
    /// </exception>
    public FineTunedModel(FrozenBase frozen, SequenceClassifier classifier, AdapterSet? adapters, TextModelDescription description)
    {
        description.Check(classifier.Encoder.Configuration);
        if (classifier.Head.Outputs != description.OutputCount)
            throw new InvalidDataException($"The head has {classifier.Head.Outputs} outputs; "
                + $"the description says {description.OutputCount}.");
        (Base, Classifier, Adapters, Description) = (frozen, classifier, adapters, description);
        classifier.Encoder.Precision = description.Precision;
        adapters?.Merge(keepOriginals: false);
        // The encoder may be used by several threads once one pass is done. Options can be finite and their products not.
        float[] scores = Scores([new[] { frozen.Tokenizer.BeginId, frozen.Tokenizer.EndId }], secondStarts: null);
        if (scores.FirstOrDefault(s => !float.IsFinite(s), 0) is var score and not 0)
            throw new InvalidDataException(
                FormattableString.Invariant($"The model gives {score} as score of an empty text, so it is of no use. ")
                + "Its weights or the adapter's scale are too large, or belong to other files.");
    }

    public FrozenBase Base { get; }

    public SequenceClassifier Classifier { get; }

    /// <summary>Null when only the head was trained.</summary>
    public AdapterSet? Adapters { get; }

    public TextModelDescription Description { get; }

    /// <summary>What the reader of the files that it came from should know, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The configuration that the adapter came with; null when it was trained here.</summary>
    public PeftConfiguration? PeftConfiguration { get; init; }

    /// <summary>The scores of some rows of tokens, [rows, outputs]: probabilities, or the number of a regression.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="secondStarts">Where the second text of each begins; null: they are single texts.</param>
    public float[] Scores(IReadOnlyList<ReadOnlyMemory<int>> rows, IReadOnlyList<int>? secondStarts)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using PackedBatch batch = PackedBatch.Create(rows, Classifier.Encoder.Configuration, Classifier.Encoder.Device, secondStarts);
        Tensor outputs = Classifier.Forward(batch);
        outputs = Description.Kind switch
        {
            TextModelKind.Classification => outputs.softmax(1),
            TextModelKind.MultiLabelClassification => outputs.sigmoid(),
            _ => outputs,
        };
        return outputs.cpu().data<float>().ToArray();
    }

    /// <summary>Saves adapter and head as PEFT does, with labels.json beside them.</summary>
    /// <returns>The method that was written: the model's own, or the LoRA that it equals.</returns>
    /// <exception cref="InvalidOperationException">Only the head was trained.</exception>
    public AdapterMethod SavePeft(string directory, string? baseModelName, AdapterFormat format)
    {
        if (Adapters is null)
            throw new InvalidOperationException("The model has no adapter: only its head was trained, and PEFT has no form for that.");
        AdapterMethod written = PeftDirectory.Save(directory, Adapters, Classifier.Head, baseModelName, PeftConfiguration, format);
        (PeftLabels.Of(Description) with { BaseFingerprint = BaseFingerprint.Of(Base, Classifier.Encoder) }).Write(directory);
        return written;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Adapters?.Dispose();
        Classifier.Dispose();
    }
}

/// <summary>The parameters of a classifier in memory as tensors of a checkpoint, float32: what a saved model predicts with.</summary>
/// <remarks>Thread-safe for reading. Owns nothing.</remarks>
internal sealed class EncoderTensors(SequenceClassifier classifier, string description) : ITensorSource
{
    private readonly Dictionary<string, ModelParameter> _parameters =
        classifier.Encoder.Parameters.Concat(classifier.Head.Parameters).ToDictionary(p => p.Name, StringComparer.Ordinal);

    public string Description { get; } = description;

    public IReadOnlyCollection<string> Names => _parameters.Keys;

    public bool Contains(string name) => _parameters.ContainsKey(name);

    public ReadOnlySpan<long> Shape(string name) => Find(name).Value.shape;

    public TensorDataType DataType(string name)
    {
        Find(name);
        return TensorDataType.Float32;
    }

    public void CopyTo(string name, Span<byte> destination)
    {
        long count = Find(name).Value.numel() * sizeof(float);
        if (count != destination.Length)
            throw new ArgumentException(
                $"Tensor '{name}' has {count} bytes; the destination has {destination.Length}.", nameof(destination));
        CopyTo(name, 0, destination);
    }

    public void CopyTo(string name, long offset, Span<byte> destination)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor value = Find(name).Value.detach();
        long end = offset + destination.Length;
        if (offset < 0 || end > value.numel() * sizeof(float))
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Tensor '{name}' has {value.numel() * sizeof(float)} bytes.");
        long first = offset / sizeof(float);
        Tensor part = value.flatten().slice(0, first, (end + sizeof(float) - 1) / sizeof(float), 1).cpu().contiguous();
        part.bytes.Slice((int)(offset - first * sizeof(float)), destination.Length).CopyTo(destination);
    }

    private ModelParameter Find(string name)
        => _parameters.TryGetValue(name, out ModelParameter? parameter) ? parameter : throw this.Missing(name);
}

/// <summary>
/// What libtorch throws when numbers out of a file have no result: a matrix that cannot be inverted, a decomposition that does not end.
/// </summary>
internal static class TorchFault
{
    /// <summary>True for such an exception; a lack of memory is none.</summary>
    public static bool IsOne(Exception exception) => exception is ExternalException && !OutOfMemory.Is(exception);

    /// <summary>What an exception says, without libtorch's stack.</summary>
    public static string Text(Exception exception) => IsOne(exception) ? exception.Message.Split('\n')[0] : exception.Message;
}
