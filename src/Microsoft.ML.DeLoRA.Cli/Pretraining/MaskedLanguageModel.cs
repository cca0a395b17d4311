using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Cli.Pretraining;

/// <summary>RoBERTa with its masked-language-modelling head: dense, gelu, norm, product with the token embeddings, plus a bias.</summary>
internal sealed class MaskedLanguageModel : IDisposable
{
    private const double Temperature = 0.1;
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

    public IEnumerable<ModelParameter> Parameters
        => Encoder.Parameters.Concat([_denseWeight, _denseBias, _normWeight, _normBias, OutputBias]);

    /// <summary>
    /// Mean cross-entropy over the hidden tokens, which alone go through the vocabulary product, and that of telling by the first
    /// token's state which of the other rows is the neighbour. Masked-language modelling asks nothing of that state, which
    /// classifiers start from.
    /// </summary>
    public (Tensor Masked, Tensor Neighbour) Losses(MaskedRows rows)
    {
        using PackedBatch batch = PackedBatch.Create(rows.Rows, Encoder.Configuration.PadId);
        Tensor hidden = Encoder.Forward(batch);
        // Rows of equal length keep their order in the packed batch, so the positions hold there too.
        Tensor masked = nn.functional.cross_entropy(Logits(hidden.index_select(0, tensor(rows.Positions))), tensor(rows.Targets));

        long length = rows.Rows[0].Length;
        Tensor first = hidden.index_select(0, arange(0, rows.Rows.Count * length, length, int64));
        Tensor centred = first - first.mean([0L], keepdim: true);
        Tensor unit = centred / centred.square().sum(1, keepdim: true).add(1e-6).sqrt();
        Tensor similarity = matmul(unit, unit.t()) / Temperature - eye(rows.Rows.Count) * 1e4;
        long[] neighbours = [.. Enumerable.Range(0, rows.Rows.Count).Select(r => (long)(r ^ 1))];
        return (masked, nn.functional.cross_entropy(similarity, tensor(neighbours)));
    }

    private Tensor Logits(Tensor states)
    {
        Tensor inner = nn.functional.gelu(nn.functional.linear(states, _denseWeight.Value, _denseBias.Value));
        Tensor normed =
            nn.functional.layer_norm(inner, [inner.shape[1]], _normWeight.Value, _normBias.Value, Encoder.Configuration.LayerNormEpsilon);
        return Encoder.Precision == ComputePrecision.BFloat16
            ? Products.LinearBFloat16(normed, Encoder.WordEmbeddings.Value.to_type(bfloat16), OutputBias.Value)
            : nn.functional.linear(normed, Encoder.WordEmbeddings.Value, OutputBias.Value);
    }

    public void Dispose()
    {
        Encoder.Dispose();
        foreach (ModelParameter parameter in new[] { _denseWeight, _denseBias, _normWeight, _normBias, OutputBias })
            parameter.Dispose();
    }
}
