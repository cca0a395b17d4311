using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Cli.Pretraining;

/// <summary>RoBERTa with its masked-language-modelling head: dense, gelu, norm, product with the token embeddings, plus a bias.</summary>
internal sealed class MaskedLanguageModel : IDisposable
{
    private readonly ModelParameter _denseWeight;
    private readonly ModelParameter _denseBias;
    private readonly ModelParameter _normWeight;
    private readonly ModelParameter _normBias;

    public MaskedLanguageModel(RobertaConfiguration configuration, IWeightSource weights)
    {
        long hidden = configuration.HiddenSize;
        Encoder = new RobertaEncoder(configuration, weights);
        _denseWeight = Head("dense.weight", [hidden, hidden], ParameterKind.Weight);
        _denseBias = Head("dense.bias", [hidden], ParameterKind.Bias);
        _normWeight = Head("layer_norm.weight", [hidden], ParameterKind.Bias);
        _normBias = Head("layer_norm.bias", [hidden], ParameterKind.Bias);
        OutputBias = Head("bias", [configuration.VocabularySize], ParameterKind.Bias);
        foreach (ModelParameter parameter in Encoder.Parameters)
            parameter.Trainable = true;

        ModelParameter Head(string part, ReadOnlySpan<long> shape, ParameterKind kind)
            => new($"lm_head.{part}", weights.Get($"lm_head.{part}", shape), kind, trainable: true);
    }

    public RobertaEncoder Encoder { get; }

    /// <summary>The bias of the vocabulary product, [vocabulary].</summary>
    public ModelParameter OutputBias { get; }

    public IEnumerable<ModelParameter> Parameters => Encoder.Parameters.Concat([_denseWeight, _denseBias, _normWeight, _normBias, OutputBias]);

    /// <summary>Mean cross-entropy over the hidden tokens; only they go through the vocabulary product.</summary>
    public Tensor Loss(MaskedRows rows)
    {
        using PackedBatch batch = PackedBatch.Create(rows.Rows, Encoder.Configuration.PadId);
        Tensor hidden = Encoder.Forward(batch);
        // Rows of equal length keep their order in the packed batch, so the positions hold there too.
        Tensor chosen = hidden.index_select(0, tensor(rows.Positions));
        Tensor inner = nn.functional.gelu(nn.functional.linear(chosen, _denseWeight.Value, _denseBias.Value));
        Tensor normed = nn.functional.layer_norm(inner, [inner.shape[1]], _normWeight.Value, _normBias.Value, Encoder.Configuration.LayerNormEpsilon);
        Tensor logits = Encoder.Precision == ComputePrecision.BFloat16
            ? Products.LinearBFloat16(normed, Encoder.WordEmbeddings.Value.to_type(bfloat16), OutputBias.Value)
            : nn.functional.linear(normed, Encoder.WordEmbeddings.Value, OutputBias.Value);
        return nn.functional.cross_entropy(logits, tensor(rows.Targets));
    }

    public void Dispose()
    {
        Encoder.Dispose();
        foreach (ModelParameter parameter in new[] { _denseWeight, _denseBias, _normWeight, _normBias, OutputBias })
            parameter.Dispose();
    }
}
