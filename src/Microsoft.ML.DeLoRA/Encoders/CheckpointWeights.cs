using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Initial weights out of a checkpoint.</summary>
/// <param name="source">Tensors named without the <c>roberta.</c> prefix, such as those of a model directory; stays the caller's.</param>
internal sealed class CheckpointWeights(ITensorSource source) : IWeightSource
{
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    /// Missing, of another shape, or with a value that is NaN or infinite; the message names the tensor.
    /// </exception>
    public Tensor Get(string name, ReadOnlySpan<long> shape)
    {
        Tensor values = source.Require(name, shape);
        try
        {
            FiniteTensors.Require(values, name, source.Description);
            return values;
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    /// <summary>Checks the shapes of all weights that <paramref name="build"/> asks for, and reads none.</summary>
    /// <exception cref="InvalidDataException">One is missing or of another shape.</exception>
    internal void RequireShapes(Action<IWeightSource> build)
    {
        using var shapes = new ShapesOnly(source);
        build(shapes);
    }

    // Gives views of one zero, which take no memory.
    private sealed class ShapesOnly(ITensorSource source) : IWeightSource, IDisposable
    {
        private readonly Tensor _zero = zeros(1).DetachFromDisposeScope();

        public Tensor Get(string name, ReadOnlySpan<long> shape)
        {
            source.RequireShape(name, shape);
            return _zero.expand(shape.ToArray());
        }

        public void Dispose() => _zero.Dispose();
    }
}
