using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// The adapter of one linear layer y = x W^T + b, W [out, in]: what a method computes. <see cref="Forward"/> and
/// <see cref="MergedWeight"/> are two ways to the same numbers.
/// </summary>
/// <remarks>Owns its tensors, not the layer. Thread-safety as <see cref="AdaptableLinear"/>.</remarks>
public abstract class LinearAdapter(AdaptableLinear layer) : ILinearAdapter, IDisposable
{
    private readonly List<ModelParameter> _parameters = [];
    private readonly List<ModelParameter> _buffers = [];
    private readonly List<ModelParameter> _derived = [];

    /// <summary>The layer that it is for.</summary>
    public AdaptableLinear Layer { get; } = layer;

    /// <summary>What training changes.</summary>
    public IReadOnlyList<ModelParameter> Parameters => _parameters;

    /// <summary>What is saved but never changes.</summary>
    public IReadOnlyList<ModelParameter> Buffers => _buffers;

    /// <inheritdoc/>
    public abstract Tensor Forward(Tensor input, Tensor baseOutput, Dropout? dropout);

    /// <summary>The weight, [out, in], that alone gives the adapted output; computed without gradient, the caller owns it.</summary>
    public abstract Tensor MergedWeight();

    /// <summary>The bias, [out], that belongs to <see cref="MergedWeight"/>, or null when the layer's own stays right.</summary>
    public virtual Tensor? MergedBias() => null;

    /// <summary>Frees the adapter's tensors.</summary>
    public void Dispose()
    {
        foreach (ModelParameter parameter in _parameters.Concat(_buffers).Concat(_derived))
            parameter.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a trained parameter.</summary>
    /// <param name="suffix">The last part of its name, as PEFT calls it: <c>delora_A</c>.</param>
    /// <param name="value">Initial value; it is moved to the layer's device.</param>
    /// <param name="kind">What it is to the optimiser.</param>
    protected ModelParameter Parameter(string suffix, Tensor value, ParameterKind kind = ParameterKind.Weight)
        => Add(_parameters, suffix, value, kind, trainable: true);

    /// <summary>Adds a constant that is saved with the adapter.</summary>
    protected ModelParameter Buffer(string suffix, Tensor value) => Add(_buffers, suffix, value, ParameterKind.Weight, trainable: false);

    /// <summary>Adds a constant that follows from the layer's pretrained weight and is therefore not saved.</summary>
    protected ModelParameter Derived(string suffix, Tensor value) => Add(_derived, suffix, value, ParameterKind.Weight, trainable: false);

    private ModelParameter Add(List<ModelParameter> list, string suffix, Tensor value, ParameterKind kind, bool trainable)
    {
        var parameter = new ModelParameter($"{Layer.Name}.{suffix}", value.to(Layer.Weight.Value.device), kind, trainable);
        list.Add(parameter);
        return parameter;
    }
}
