using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// The adapter of one linear layer y = x W^T + b, W [out, in]: what a method computes. <see cref="Forward"/> and
/// <see cref="Merge"/> are two ways to the same numbers.
/// </summary>
/// <remarks>Owns its tensors, not the layer. Thread-safety as <see cref="AdaptableLinear"/>.</remarks>
public abstract class LinearAdapter(AdaptableLinear layer) : Adapter(layer.Name, layer.Weight.Value.device), ILinearAdapter
{
    /// <summary>The layer that it is for.</summary>
    public AdaptableLinear Layer { get; } = layer;

    /// <inheritdoc/>
    public override bool CanMerge => true;

    internal override bool IsModuleTaken => Layer.Adapter is not null;

    internal override IEnumerable<ModelParameter> ModuleParameters => [Layer.Weight, Layer.Bias];

    /// <inheritdoc/>
    public abstract Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context);

    /// <summary>The weight, [out, in], that alone gives the adapted output; computed without gradient, the caller owns it.</summary>
    /// <exception cref="NotSupportedException">
    /// The method is not linear in the layer's input; see <see cref="Adapter.CanMerge"/>.
    /// </exception>
    public Tensor MergedWeight() => WithoutGradient(() => Merge(Layer.Weight.Value))!;

    /// <summary>
    /// The bias, [out], that belongs to <see cref="MergedWeight"/>, or null when the layer's own stays right; the caller owns it.
    /// </summary>
    public Tensor? MergedBias() => WithoutGradient(() => MergeBias(Layer.Bias.Value));

    /// <summary>
    /// The most that the Frobenius norm of the change of W can be, however the adapter is trained as long as its strength stays; null
    /// when it has no such bound.
    /// </summary>
    public virtual double? ChangeBound() => null;

    /// <summary>
    /// W with the adapter's change, a new tensor: <see cref="MergedWeight"/>. Called without gradient, in a dispose scope.
    /// </summary>
    /// <param name="weight">The layer's W, [out, in].</param>
    protected abstract Tensor Merge(Tensor weight);

    /// <summary>The same for b, <see cref="MergedBias"/>: a new tensor, or null (default) when it stays.</summary>
    /// <param name="bias">The layer's b, [out].</param>
    protected virtual Tensor? MergeBias(Tensor bias) => null;

    internal override void Switch(bool on) => Layer.Adapter = on ? this : null;

    private static Tensor? WithoutGradient(Func<Tensor?> compute)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        return compute()?.MoveToOuterDisposeScope();
    }
}
