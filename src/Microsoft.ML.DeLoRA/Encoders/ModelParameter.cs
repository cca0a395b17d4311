using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// One named parameter of an encoder, a head or an adapter. Layers read <see cref="Value"/> at every use, so that an
/// optimiser may move all trained parameters into one flat buffer.
/// </summary>
/// <remarks>Owns its tensor. Not thread-safe while it is being trained.</remarks>
public sealed class ModelParameter : IDisposable
{
    /// <summary>Takes over <paramref name="value"/>.</summary>
    /// <param name="name">Dotted name without the <c>roberta.</c> prefix, unique within the model.</param>
    /// <param name="value">The initial value; it is detached from any dispose scope.</param>
    /// <param name="kind">What it is to the optimiser.</param>
    /// <param name="trainable">True when training changes it.</param>
    public ModelParameter(string name, Tensor value, ParameterKind kind = ParameterKind.Weight, bool trainable = false)
    {
        Name = name;
        Kind = kind;
        Value = value.DetachFromDisposeScope();
        Trainable = trainable;
    }

    /// <summary>Dotted name without the <c>roberta.</c> prefix.</summary>
    public string Name { get; }

    /// <summary>What it is to the optimiser.</summary>
    public ParameterKind Kind { get; }

    /// <summary>What the optimiser multiplies its learning rate by for this parameter; default 1 (LoRA+: more for B).</summary>
    public double LearningRateFactor { get; init; } = 1;

    /// <summary>The current tensor; a leaf of the autograd graph.</summary>
    public Tensor Value { get; private set; }

    /// <summary>True when training changes it. Equal to <c>Value.requires_grad</c>.</summary>
    public bool Trainable
    {
        get => Value.requires_grad;
        set => Value.requires_grad = value;
    }

    /// <summary>
    /// The set of adapters that computes with this parameter, trains it or is merged into it; null while it is the base model's alone.
    /// </summary>
    internal object? Owner { get; set; }

    /// <summary>How many times a final merge has made another value the base model's.</summary>
    internal int FinalMerges { get; set; }

    /// <summary>Puts another tensor of the same shape in the place of <see cref="Value"/> and disposes the old one.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void Replace(Tensor value)
    {
        if (!value.shape.AsSpan().SequenceEqual(Value.shape))
            throw new ArgumentException(
                $"Parameter '{Name}' has shape {Shapes.Format(Value.shape)}; it cannot be replaced by {Shapes.Format(value.shape)}.",
                nameof(value));
        bool trainable = Trainable;
        Value.Dispose();
        Value = value.DetachFromDisposeScope();
        Trainable = trainable;
    }

    /// <summary>
    /// Overwrites the elements of <see cref="Value"/> in place with those of <paramref name="source"/> (same shape, any dtype or device).
    /// </summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void CopyFrom(Tensor source)
    {
        if (!source.shape.AsSpan().SequenceEqual(Value.shape))
            throw new ArgumentException(
                $"Parameter '{Name}' has shape {Shapes.Format(Value.shape)}; the values given have shape {Shapes.Format(source.shape)}.",
                nameof(source));
        using (no_grad())
            Value.copy_(source);
    }

    /// <summary>Frees the tensor.</summary>
    public void Dispose() => Value.Dispose();
}

/// <summary>What a parameter is to the optimiser: it decides learning rate and weight decay, nothing else.</summary>
public enum ParameterKind
{
    /// <summary>A matrix or a vector that is trained at the base learning rate with weight decay.</summary>
    Weight,

    /// <summary>A bias or a LayerNorm parameter: base learning rate, no weight decay.</summary>
    Bias,

    /// <summary>A strength such as DeLoRA's lambda: a learning rate of its own.</summary>
    Strength,
}
