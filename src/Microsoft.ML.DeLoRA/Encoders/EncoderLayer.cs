using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>One post-norm transformer layer: x = norm(x + dropout(out(attention(x)))), x = norm(x + dropout(W2 gelu(W1 x))).</summary>
internal sealed class EncoderLayer : IDisposable
{
    private readonly SelfAttention _attention;
    private readonly LayerNorm _attentionNorm;
    private readonly LayerNorm _outputNorm;
    private readonly double _dropout;

    public EncoderLayer(int index, EncoderConfiguration configuration, IWeightSource weights)
    {
        string name = Name = $"encoder.layer.{index}";
        long hidden = configuration.HiddenSize;
        long intermediate = configuration.IntermediateSize;
        _dropout = configuration.HiddenDropout;
        _attention = new SelfAttention($"{name}.attention.self", configuration, weights);
        AttentionOutput = Linear("attention.output.dense", hidden, hidden);
        _attentionNorm = Norm("attention.output.LayerNorm");
        Intermediate = Linear("intermediate.dense", intermediate, hidden);
        Output = Linear("output.dense", hidden, intermediate);
        _outputNorm = Norm("output.LayerNorm");

        AdaptableLinear Linear(string part, long outputSize, long inputSize)
            => new($"{name}.{part}", weights.Get($"{name}.{part}.weight", [outputSize, inputSize]),
                weights.Get($"{name}.{part}.bias", [outputSize]));

        LayerNorm Norm(string part)
            => new($"{name}.{part}", weights.Get($"{name}.{part}.weight", [hidden]), weights.Get($"{name}.{part}.bias", [hidden]),
                configuration.LayerNormEpsilon);
    }

    public string Name { get; }

    /// <summary>What edits the layer's output, or null.</summary>
    public IHiddenStateAdapter? OutputAdapter { get; set; }

    public AdaptableLinear AttentionOutput { get; }

    public AdaptableLinear Intermediate { get; }

    public AdaptableLinear Output { get; }

    /// <summary>The linear layers in Hugging Face's order.</summary>
    public IEnumerable<AdaptableLinear> Linears
        => [_attention.Query, _attention.Key, _attention.Value, AttentionOutput, Intermediate, Output];

    public IEnumerable<ModelParameter> Parameters =>
        Linears.SelectMany(l => new[] { l.Weight, l.Bias })
            .Concat([_attentionNorm.Weight, _attentionNorm.Bias, _outputNorm.Weight, _outputNorm.Bias]);

    /// <summary>[tokens, hidden] -> [tokens, hidden].</summary>
    public Tensor Forward(Tensor input, ComputePrecision precision, ForwardContext context)
        => AfterAttention(input, _attention.Forward(input, precision, context), precision, context);

    /// <summary>[tokens, hidden] -> [count, hidden]: the first token of each sequence only, longest sequence first.</summary>
    public Tensor ForwardFirst(Tensor input, ComputePrecision precision, ForwardContext context)
    {
        Tensor first = input.index_select(0, context.Batch.SequenceStarts);
        return AfterAttention(first, _attention.ForwardFirst(input, first, precision, context), precision, context.First());
    }

    public void WeightChanged()
    {
        _attention.WeightChanged();
        AttentionOutput.WeightChanged();
        Intermediate.WeightChanged();
        Output.WeightChanged();
    }

    public void Dispose()
    {
        _attention.Dispose();
        AttentionOutput.Dispose();
        Intermediate.Dispose();
        Output.Dispose();
        _attentionNorm.Dispose();
        _outputNorm.Dispose();
    }

    private Tensor AfterAttention(Tensor residual, Tensor attention, ComputePrecision precision, ForwardContext context)
    {
        Tensor attended = _attentionNorm.Forward(residual.Plus(Drop(AttentionOutput.Forward(attention, precision, context))));
        Tensor inner = nn.functional.gelu(Intermediate.Forward(attended, precision, context));
        Tensor output = _outputNorm.Forward(attended.Plus(Drop(Output.Forward(inner, precision, context))));
        return OutputAdapter is null ? output : OutputAdapter.Forward(output, context);

        Tensor Drop(Tensor x) => context.Dropout is { } dropout ? dropout.Apply(x, _dropout) : x;
    }
}

/// <summary>Layer normalisation over the hidden width.</summary>
internal sealed class LayerNorm(string name, Tensor weight, Tensor bias, double epsilon) : IDisposable
{
    private readonly long[] _shape = [weight.shape[0]];

    public ModelParameter Weight { get; } = new(name + ".weight", weight, ParameterKind.Bias);

    public ModelParameter Bias { get; } = new(name + ".bias", bias, ParameterKind.Bias);

    public Tensor Forward(Tensor input) => nn.functional.layer_norm(input, _shape, Weight.Value, Bias.Value, epsilon);

    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
