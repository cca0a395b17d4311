using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>An adapter whose change of W is a product of two narrow matrices: y = x (W + Up Down)^T + b. It merges exactly.</summary>
/// <param name="layer">The layer that it is for.</param>
/// <param name="dropoutProbability">Probability of dropping an element of the x that goes through Down, while training.</param>
public abstract class LowRankAdapter(AdaptableLinear layer, double dropoutProbability) : LinearAdapter(layer)
{
    /// <summary>
    /// The change of W as Up [out, k] times Down [k, in], every factor included: a LoRA of rank k and scale 1. k is the method's rank
    /// or, where the start is subtracted, twice that. Part of the gradient's graph unless gradients are off; the caller owns both.
    /// </summary>
    public abstract (Tensor Down, Tensor Up) Change();

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor baseOutput, Dropout? dropout)
    {
        (Tensor down, Tensor up) = Change();
        Tensor x = dropout is null ? input : dropout.Apply(input, dropoutProbability);
        return baseOutput.addmm(nn.functional.linear(x, down), up.t());
    }

    /// <inheritdoc/>
    public override Tensor MergedWeight()
    {
        using IDisposable noGrad = no_grad();
        return WrappedTensorDisposeScope(() =>
        {
            (Tensor down, Tensor up) = Change();
            return Layer.Weight.Value.addmm(up, down);
        });
    }

    /// <summary>
    /// The difference of two products of rank r as one of rank 2r: BA - DC = B(A - C) + (B - D)C. While both are equal it is exactly
    /// zero, and so is the gradient of a common factor, which Adam would blow up otherwise.
    /// </summary>
    protected static (Tensor Down, Tensor Up) Difference((Tensor Down, Tensor Up) product, (Tensor Down, Tensor Up) subtracted)
        => (cat([product.Down - subtracted.Down, subtracted.Down], 0), cat([product.Up, product.Up - subtracted.Up], 1));
}
