using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>
/// How far training has moved one weight matrix from its pretrained value, in Frobenius norm: |W' - W|, where W' has the adapter merged.
/// Cheap enough to be taken at every step. It also follows a weight that trains itself.
/// </summary>
/// <remarks>Owns a copy of the pretrained weight, not the adapters. Not thread-safe.</remarks>
public sealed class WeightDistance : IDisposable
{
    private readonly AdaptableLinear _layer;
    private readonly LinearAdapter? _adapter;
    private readonly Tensor _pretrained;
    private readonly bool _hasDistance;

    /// <summary>Takes a copy of the pretrained weight; make it before training.</summary>
    /// <param name="adapters">The set; enabled and not merged.</param>
    /// <param name="module">Dotted name of a linear layer, such as <c>encoder.layer.6.attention.self.query</c>.</param>
    /// <exception cref="ArgumentException">The encoder has no such linear layer.</exception>
    public WeightDistance(AdapterSet adapters, string module)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        _layer = adapters.Encoder.Linears.FirstOrDefault(l => l.Name == module)
            ?? throw new ArgumentException($"The encoder has no linear layer '{module}'. There are: "
                + $"{string.Join(", ", adapters.Encoder.Linears.Select(l => l.Name).Take(6))} and so on.", nameof(module));
        _adapter = adapters.Adapters.OfType<LinearAdapter>().FirstOrDefault(a => a.Layer == _layer && a.CanMerge);
        _hasDistance = _adapter is not null || _layer.Weight.Trainable;
        using var scope = NewDisposeScope();
        _pretrained = _layer.Weight.Value.detach().clone().DetachFromDisposeScope();
    }

    /// <summary>The distance; null when the method does not change the matrix, or not in a way that can be merged into it.</summary>
    public double? Measure()
    {
        if (!_hasDistance)
            return null;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return ((_adapter?.MergedWeight() ?? _layer.Weight.Value) - _pretrained).to_type(float64).norm().Number();
    }

    /// <summary>The most that the distance can be while the adapter's strength stays; null when the method has no such bound.</summary>
    public double? Bound() => _adapter?.ChangeBound();

    /// <summary>Frees the copy.</summary>
    public void Dispose() => _pretrained.Dispose();
}
