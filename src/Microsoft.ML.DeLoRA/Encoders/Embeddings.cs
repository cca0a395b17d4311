using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Token, position and type embeddings, summed, normalised: ids [tokens] -> [tokens, hidden].</summary>
internal sealed class Embeddings : IDisposable
{
    private const string Prefix = "embeddings.";
    private readonly ModelParameter _types;
    private readonly ModelParameter _positions;
    private readonly LayerNorm _norm;
    private readonly double _dropout;

    public Embeddings(EncoderConfiguration configuration, IWeightSource weights)
    {
        long hidden = configuration.HiddenSize;
        Words = Table("word_embeddings", configuration.VocabularySize);
        _positions = Table("position_embeddings", configuration.PositionCount);
        _types = Table("token_type_embeddings", configuration.TypeCount);
        _norm = new LayerNorm(Prefix + "LayerNorm", weights.Get(Prefix + "LayerNorm.weight", [hidden]),
            weights.Get(Prefix + "LayerNorm.bias", [hidden]), configuration.LayerNormEpsilon);
        _dropout = configuration.HiddenDropout;

        ModelParameter Table(string name, long rows)
            => new($"{Prefix}{name}.weight", weights.Get($"{Prefix}{name}.weight", [rows, hidden]));
    }

    public ModelParameter Words { get; }

    public IEnumerable<ModelParameter> Parameters => [Words, _positions, _types, _norm.Weight, _norm.Bias];

    public Tensor Forward(PackedBatch batch, SeededDropout? dropout)
    {
        batch.RequireFits(Words.Value.shape[0], _positions.Value.shape[0]);
        Tensor sum = Words.Value.index_select(0, batch.Ids)
            .Plus(_positions.Value.index_select(0, batch.Positions))
            .Plus(batch.Types is { } types ? _types.Value.index_select(0, types) : _types.Value.select(0, 0));
        Tensor normed = _norm.Forward(sum);
        return dropout is null ? normed : dropout.Apply(normed, _dropout);
    }

    public void Dispose()
    {
        foreach (ModelParameter parameter in Parameters)
            parameter.Dispose();
    }
}
