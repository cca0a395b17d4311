using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>A linear layer y = x W^T + b that an adapter may be put on. W is [out, in].</summary>
/// <remarks>Owns its parameters, not the adapter. Forward passes of a frozen layer may run on several threads.</remarks>
public sealed class AdaptableLinear : IDisposable
{
    private Tensor? _lowPrecisionWeight;

    internal AdaptableLinear(string name, Tensor weight, Tensor bias)
    {
        Name = name;
        Weight = new ModelParameter(name + ".weight", weight);
        Bias = new ModelParameter(name + ".bias", bias, ParameterKind.Bias);
    }

    /// <summary>Dotted name without the <c>roberta.</c> prefix, such as <c>encoder.layer.0.attention.self.query</c>.</summary>
    public string Name { get; }

    /// <summary>W, [out, in].</summary>
    public ModelParameter Weight { get; }

    /// <summary>b, [out].</summary>
    public ModelParameter Bias { get; }

    /// <summary>Input width.</summary>
    public long InputSize => Weight.Value.shape[1];

    /// <summary>Output width.</summary>
    public long OutputSize => Weight.Value.shape[0];

    /// <summary>[out, in], for messages.</summary>
    internal string Shape => Shapes.Format(Weight.Value.shape);

    /// <summary>The adapter on this layer, or null.</summary>
    internal ILinearAdapter? Adapter { get; set; }

    /// <summary>x [tokens, in] -> [tokens, out], adapter included.</summary>
    /// <param name="input">x, float32.</param>
    /// <param name="precision">Number format of the frozen product.</param>
    /// <param name="context">The batch, and the random source of dropout.</param>
    internal Tensor Forward(Tensor input, ComputePrecision precision, ForwardContext context)
    {
        Tensor output = precision == ComputePrecision.BFloat16
            ? Products.LinearBFloat16(input, LowPrecisionWeight(), Bias.Value)
            : nn.functional.linear(input, Weight.Value, Bias.Value);
        return Adapt(input, output, context);
    }

    /// <summary>Puts the adapter's share, if any, on top of the frozen output.</summary>
    internal Tensor Adapt(Tensor input, Tensor output, ForwardContext context)
        => Adapter is null ? output : Adapter.Forward(input, output, context);

    // A frozen weight is cast once; a trained one at every use, inside the graph.
    private Tensor LowPrecisionWeight()
        => Weight.Trainable
            ? Weight.Value.to_type(bfloat16)
            : Products.CastOnce(ref _lowPrecisionWeight, Weight.Value);

    /// <summary>Forgets what was derived from the weight; call it after changing the weight in place.</summary>
    internal void WeightChanged()
    {
        _lowPrecisionWeight?.Dispose();
        _lowPrecisionWeight = null;
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        WeightChanged();
        Weight.Dispose();
        Bias.Dispose();
    }
}

/// <summary>Matrix products in reduced precision.</summary>
internal static class Products
{
    /// <summary>x W^T + b with the product in bfloat16; x and the result are float32.</summary>
    public static Tensor LinearBFloat16(Tensor input, Tensor lowPrecisionWeight, Tensor bias)
        => nn.functional.linear(input.to_type(bfloat16), lowPrecisionWeight).to_type(float32).AddInPlace(bias);

    /// <summary>A frozen weight in bfloat16, cast when it is first asked for. Several threads may ask at once.</summary>
    /// <param name="cast">Where it is kept; whoever keeps it disposes it.</param>
    /// <param name="weight">The weight.</param>
    public static Tensor CastOnce(ref Tensor? cast, Tensor weight)
    {
        if (Volatile.Read(ref cast) is { } there)
            return there;
        Tensor own = weight.to_type(bfloat16).DetachFromDisposeScope();
        if (Interlocked.CompareExchange(ref cast, own, null) is not { } other)
            return own;
        own.Dispose();
        return other;
    }
}
