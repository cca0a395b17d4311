using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// Initial weights as Hugging Face draws them for a new RoBERTa: matrices normal with the configuration's deviation, biases 0,
/// LayerNorm 1 and 0, the padding row of the token table 0.
/// </summary>
internal sealed class RandomWeights(EncoderConfiguration configuration, long seed) : IWeightSource, IDisposable
{
    private readonly Generator _generator = NativeLibraries.Require(() => new Generator(unchecked((ulong)seed), CPU));

    /// <inheritdoc/>
    public Tensor Get(string name, ReadOnlySpan<long> shape)
    {
        using IDisposable noGrad = no_grad();
        long[] size = shape.ToArray();
        if (name.EndsWith(".bias", StringComparison.Ordinal))
            return zeros(size);
        if (name.Contains("LayerNorm", StringComparison.Ordinal))
            return ones(size);
        Tensor weight = empty(size).normal_(0, configuration.InitializerRange, _generator);
        if (name.EndsWith("word_embeddings.weight", StringComparison.Ordinal))
        {
            using Tensor padding = weight.select(0, configuration.PadId);
            padding.SetToZero();
        }
        return weight;
    }

    /// <summary>Frees the random source.</summary>
    public void Dispose() => _generator.Dispose();
}
