using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Query, key and value of one layer as one product: [tokens, hidden] -> three times [tokens, hidden], adapters included.</summary>
internal sealed class FusedProjections(AdaptableLinear query, AdaptableLinear key, AdaptableLinear value) : IDisposable
{
    private readonly AdaptableLinear[] _parts = [query, key, value];
    private Tensor? _weight;
    private Tensor? _bias;
    private Tensor[] _views = [];
    private Tensor? _lowPrecisionWeight;

    public (Tensor Query, Tensor Key, Tensor Value) Forward(Tensor input, ComputePrecision precision, SeededDropout? dropout)
    {
        Tensor output;
        if (_parts.Any(p => p.Weight.Trainable || p.Bias.Trainable))
        {
            Tensor weight = cat([.. _parts.Select(p => p.Weight.Value)], 0);
            Tensor bias = cat([.. _parts.Select(p => p.Bias.Value)], 0);
            output = precision == ComputePrecision.BFloat16
                ? Products.LinearBFloat16(input, weight.to_type(bfloat16), bias)
                : nn.functional.linear(input, weight, bias);
        }
        else
        {
            Fuse();
            output = precision == ComputePrecision.BFloat16
                ? Products.LinearBFloat16(input, Products.CastOnce(ref _lowPrecisionWeight, _weight!), _bias!)
                : nn.functional.linear(input, _weight!, _bias);
        }
        Tensor[] outputs = output.chunk(3, 1);
        return (_parts[0].Adapt(input, outputs[0], dropout), _parts[1].Adapt(input, outputs[1], dropout), _parts[2].Adapt(input, outputs[2], dropout));
    }

    /// <summary>Forgets what was derived from the weights; call it after changing them in place.</summary>
    public void WeightChanged()
    {
        _lowPrecisionWeight?.Dispose();
        _lowPrecisionWeight = null;
    }

    public void Dispose()
    {
        WeightChanged();
        _weight?.Dispose();
        _bias?.Dispose();
    }

    // The parts become views of the fused tensors, so nothing is held twice and a change in place reaches both.
    private void Fuse()
    {
        if (_views.Length > 0 && _parts.Select((p, i) => ReferenceEquals(p.Weight.Value, _views[2 * i]) && ReferenceEquals(p.Bias.Value, _views[2 * i + 1])).All(same => same))
            return;
        Dispose();
        using IDisposable noGrad = no_grad();
        _weight = cat([.. _parts.Select(p => p.Weight.Value)], 0).DetachFromDisposeScope();
        _bias = cat([.. _parts.Select(p => p.Bias.Value)], 0).DetachFromDisposeScope();
        _views = new Tensor[6];
        long row = 0;
        for (int i = 0; i < 3; i++)
        {
            long width = _parts[i].OutputSize;
            _parts[i].Weight.Replace(_weight.narrow(0, row, width));
            _parts[i].Bias.Replace(_bias.narrow(0, row, width));
            (_views[2 * i], _views[2 * i + 1]) = (_parts[i].Weight.Value, _parts[i].Bias.Value);
            row += width;
        }
    }
}
