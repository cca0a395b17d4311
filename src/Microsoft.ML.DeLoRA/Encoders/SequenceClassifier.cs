using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>An encoder and a classification head: batch -> logits [count, outputs], in the caller's order of sequences.</summary>
/// <remarks>Owns both. Thread-safety as <see cref="PackedEncoder"/>.</remarks>
internal sealed class SequenceClassifier(PackedEncoder encoder, ClassificationHead head) : IDisposable
{
    /// <summary>The encoder, with whatever adapters are on its linear layers.</summary>
    public PackedEncoder Encoder { get; } = encoder;

    /// <summary>The head.</summary>
    public ClassificationHead Head { get; } = head;

    /// <summary>The logits, [count, outputs], of each sequence; the caller disposes them.</summary>
    /// <param name="batch">The sequences.</param>
    /// <param name="dropout">Random source while training; null in evaluation.</param>
    /// <exception cref="ArgumentException">
    /// A token has an id, or a sequence a length, that the model has no embedding for; the message names it.
    /// </exception>
    public Tensor Forward(PackedBatch batch, SeededDropout? dropout = null)
    {
        Tensor outputs = WrappedTensorDisposeScope(() => Head.Forward(Encoder.ForwardFirst(batch, dropout), dropout));
        // When this pass is the last thing that anybody does with them.
        GC.KeepAlive(this);
        GC.KeepAlive(batch);
        return outputs;
    }

    /// <summary>Frees encoder and head.</summary>
    public void Dispose()
    {
        Encoder.Dispose();
        Head.Dispose();
    }
}
