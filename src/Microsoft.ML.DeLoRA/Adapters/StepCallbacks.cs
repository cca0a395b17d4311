using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// What an adapter method does in the steps of one training run, beside the gradient's updates: a penalty in the loss, a look at the
/// gradients, elements that it sets to other values. Most methods have none and pay nothing: <see cref="AdapterMethod.CreateCallbacks"/>.
/// </summary>
/// <remarks>
/// One run makes and disposes it and calls it on its own thread, each time in a dispose scope. Meanwhile parameters and gradients are parts
/// of the optimiser's own tensors: read <see cref="Encoders.ModelParameter.Value"/> at every use, and change elements in place.
/// </remarks>
public abstract class StepCallbacks : IDisposable
{
    /// <summary>
    /// A number with gradient, its weight included, that every step's loss gets on top. It is part of the loss that is reported. Null
    /// (default): none.
    /// </summary>
    public virtual Tensor? Penalty() => null;

    /// <summary>
    /// The gradients of all the step's rows are there (<c>parameter.Value.grad</c>), not yet clipped; in-place changes count. Without
    /// gradient. Default: nothing.
    /// </summary>
    /// <param name="step">The step, from 0.</param>
    public virtual void AfterBackward(int step)
    {
    }

    /// <summary>
    /// The optimiser has made its update; the gradients, clipped, are still there. Without gradient. A step whose gradient is not finite
    /// has no update. Default: nothing.
    /// </summary>
    /// <param name="step">The step, from 0.</param>
    public virtual void AfterUpdate(int step)
    {
    }

    /// <summary>
    /// Everything that later steps depend on and that is no parameter, by name: live tensors, saved with the run's checkpoints and
    /// overwritten in place when it goes on, so that it does so to the bit. Default: nothing.
    /// </summary>
    public virtual IEnumerable<(string Name, Tensor Value)> State => [];

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        foreach ((_, Tensor value) in State)
            value.Dispose();
        GC.SuppressFinalize(this);
    }
}
