using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

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
            throw new ArgumentException($"Tensor '{name}' has {count} bytes; the destination has {destination.Length}.", nameof(destination));
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

    private ModelParameter Find(string name) => _parameters.TryGetValue(name, out ModelParameter? parameter) ? parameter : throw this.Missing(name);
}
