using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>RoBERTa with its masked-language-modelling head: dense, gelu, norm, product with the token embeddings, plus a bias.</summary>
internal sealed class MaskedLanguageModel : IDisposable
{
    private const double Temperature = 0.1;
    private readonly ModelParameter _denseWeight;
    private readonly ModelParameter _denseBias;
    private readonly ModelParameter _normWeight;
    private readonly ModelParameter _normBias;

    public MaskedLanguageModel(EncoderConfiguration configuration, IWeightSource weights)
    {
        using var scope = NewDisposeScope();
        long hidden = configuration.HiddenSize;
        Encoder = new PackedEncoder(configuration, weights);
        _denseWeight = Create("dense.weight", [hidden, hidden], ParameterKind.Weight);
        _denseBias = Create("dense.bias", [hidden], ParameterKind.Bias);
        _normWeight = Create("layer_norm.weight", [hidden], ParameterKind.Bias);
        _normBias = Create("layer_norm.bias", [hidden], ParameterKind.Bias);
        OutputBias = Create("bias", [configuration.VocabularySize], ParameterKind.Bias);
        foreach (ModelParameter parameter in Encoder.Parameters)
            parameter.Trainable = true;

        ModelParameter Create(string part, ReadOnlySpan<long> shape, ParameterKind kind)
            => new($"lm_head.{part}", weights.Get($"lm_head.{part}", shape), kind, trainable: true);
    }

    public PackedEncoder Encoder { get; }

    /// <summary>The bias of the vocabulary product, [vocabulary].</summary>
    public ModelParameter OutputBias { get; }

    public IEnumerable<ModelParameter> Parameters => Encoder.Parameters.Concat(Head);

    private IEnumerable<ModelParameter> Head => [_denseWeight, _denseBias, _normWeight, _normBias, OutputBias];

    /// <summary>
    /// Mean cross-entropy over the hidden tokens, which alone go through the vocabulary product, and that of telling by the first
    /// token's state which of the other rows is the neighbour. Masked-language modelling asks nothing of that state, which
    /// classifiers start from.
    /// </summary>
    public (Tensor Masked, Tensor Neighbour) Losses(MaskedBatch batch)
    {
        Tensor hidden = Encoder.Forward(batch.Packed);
        Tensor masked = nn.functional.cross_entropy(Logits(hidden.index_select(0, batch.Positions)), batch.Targets);

        Tensor first = hidden.index_select(0, batch.Packed.SequenceStarts);
        Tensor centred = first - first.mean([0L], keepdim: true);
        Tensor unit = centred / centred.Squared().sum(1, keepdim: true).Plus(1e-6).sqrt();
        Tensor similarity = matmul(unit, unit.t()).DividedBy(Temperature) - eye(batch.Packed.Count, device: hidden.device).Times(1e4);
        return (masked, nn.functional.cross_entropy(similarity, batch.Neighbours));
    }

    /// <summary>Moves all parameters to a device.</summary>
    public void MoveTo(Device device)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        Encoder.MoveTo(device);
        foreach (ModelParameter parameter in Head)
            parameter.Replace(parameter.Value.to(device));
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
        foreach (ModelParameter parameter in Head)
            parameter.Dispose();
    }
}
