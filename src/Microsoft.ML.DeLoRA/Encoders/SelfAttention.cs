using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Multi-head self-attention on packed tokens, before the output projection: [tokens, hidden] -> [tokens, hidden].</summary>
internal sealed class SelfAttention : IDisposable
{
    private readonly int _heads;
    private readonly double _scale;
    private readonly double _dropout;
    private readonly FusedProjections _fused;

    public SelfAttention(string name, EncoderConfiguration configuration, IWeightSource weights)
    {
        long hidden = configuration.HiddenSize;
        _heads = configuration.HeadCount;
        _scale = 1 / Math.Sqrt((double)hidden / _heads);
        _dropout = configuration.AttentionDropout;
        (Query, Key, Value) = (Projection("query"), Projection("key"), Projection("value"));
        _fused = new FusedProjections(Query, Key, Value);

        AdaptableLinear Projection(string part)
            => new($"{name}.{part}", weights.Get($"{name}.{part}.weight", [hidden, hidden]), weights.Get($"{name}.{part}.bias", [hidden]));
    }

    public AdaptableLinear Query { get; }

    public AdaptableLinear Key { get; }

    public AdaptableLinear Value { get; }

    /// <summary>Every token attends to the tokens of its own sequence.</summary>
    public Tensor Forward(Tensor input, ComputePrecision precision, ForwardContext context)
    {
        (Tensor query, Tensor key, Tensor value) = _fused.Forward(input, precision, context);
        return Concatenate(context.Batch, (group, _) =>
            group.Join(Attend(group.Split(query, _heads), group.Split(key, _heads), group.Split(value, _heads), group.Bias,
                context.Dropout)));
    }

    /// <summary>Only the first token of each sequence attends: [count, hidden], longest sequence first.</summary>
    /// <param name="input">[tokens, hidden].</param>
    /// <param name="firstInput">Its rows at the sequences' first tokens, [count, hidden].</param>
    /// <param name="precision">Number format of the frozen products.</param>
    /// <param name="context">The batch with all its tokens, and the random source of dropout.</param>
    public Tensor ForwardFirst(Tensor input, Tensor firstInput, ComputePrecision precision, ForwardContext context)
    {
        Tensor query = Query.Forward(firstInput, precision, context.First());
        Tensor key = Key.Forward(input, precision, context);
        Tensor value = Value.Forward(input, precision, context);
        long hidden = query.shape[1];
        return Concatenate(context.Batch, (group, row) =>
        {
            Tensor own = query.narrow(0, row, group.Rows).reshape(group.Rows, _heads, 1, hidden / _heads);
            return Attend(own, group.Split(key, _heads), group.Split(value, _heads), group.Bias, context.Dropout).reshape(group.Rows,
                hidden);
        });
    }

    /// <summary>Forgets what was derived from the weights; call it after changing them in place.</summary>
    public void WeightChanged()
    {
        _fused.WeightChanged();
        Query.WeightChanged();
        Key.WeightChanged();
        Value.WeightChanged();
    }

    public void Dispose()
    {
        _fused.Dispose();
        Query.Dispose();
        Key.Dispose();
        Value.Dispose();
    }

    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? bias, SeededDropout? dropout)
    {
        Tensor scores = matmul(query.Times(_scale), key.transpose(-2, -1));
        if (bias is not null)
            scores = scores.Plus(bias);
        Tensor probabilities = scores.softmax(-1);
        if (dropout is not null)
            probabilities = dropout.Apply(probabilities, _dropout);
        return matmul(probabilities, value);
    }

    private static Tensor Concatenate(PackedBatch batch, Func<AttentionGroup, int, Tensor> attend)
    {
        var contexts = new Tensor[batch.Groups.Length];
        int row = 0;
        for (int g = 0; g < contexts.Length; row += batch.Groups[g++].Rows)
            contexts[g] = attend(batch.Groups[g], row);
        return contexts.Length == 1 ? contexts[0] : cat(contexts, 0);
    }
}

/// <summary>
/// Query, key and value of one layer as one product: [tokens, hidden] -> three times [tokens, hidden], adapters included.
/// </summary>
internal sealed class FusedProjections(AdaptableLinear query, AdaptableLinear key, AdaptableLinear value) : IDisposable
{
    private readonly AdaptableLinear[] _parts = [query, key, value];
    private Tensor? _weight;
    private Tensor? _bias;
    private Tensor[] _views = [];
    private Tensor? _lowPrecisionWeight;

    public (Tensor Query, Tensor Key, Tensor Value) Forward(Tensor input, ComputePrecision precision, ForwardContext context)
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
        return (_parts[0].Adapt(input, outputs[0], context), _parts[1].Adapt(input, outputs[1], context),
            _parts[2].Adapt(input, outputs[2], context));
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
        if (_views.Length > 0 && _parts.Select((p, i) => ReferenceEquals(p.Weight.Value, _views[2 * i])
            && ReferenceEquals(p.Bias.Value, _views[2 * i + 1])).All(same => same))
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
