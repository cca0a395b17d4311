using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// What a layer and its adapter may know of a forward pass beside their input: which token belongs to which sequence, and whether it is
/// training.
/// </summary>
/// <remarks>Made by the encoder for one pass. Immutable, but for the random source of dropout.</remarks>
public sealed class ForwardContext
{
    private readonly PackedBatch? _batch;
    private readonly Tensor? _selected;

    /// <summary>Of all tokens of a batch.</summary>
    internal ForwardContext(PackedBatch batch, SeededDropout? dropout)
        => (_batch, Dropout) = (batch, dropout);

    private ForwardContext(PackedBatch? batch, bool firstOnly, SeededDropout? dropout, Tensor? selected)
        => (_batch, FirstOnly, Dropout, _selected) = (batch, firstOnly, dropout, selected);

    /// <summary>Of a layer that is computed by itself, on rows that are of no batch.</summary>
    /// <param name="dropout">Random source while training; null in evaluation.</param>
    public static ForwardContext WithoutBatch(SeededDropout? dropout = null) => new(null, false, dropout, null);

    /// <summary>The sequences.</summary>
    /// <exception cref="InvalidOperationException">There is no batch; see <see cref="WithoutBatch"/>.</exception>
    public PackedBatch Batch => _batch ?? throw new InvalidOperationException("The layer is computed by itself, without a batch.");

    /// <summary>
    /// True when a layer's input has a row for the first token of each sequence only, longest sequence first; false: for all tokens, in the
    /// batch's packed order.
    /// </summary>
    public bool FirstOnly { get; }

    /// <summary>Random source of dropout while training; null in evaluation.</summary>
    public SeededDropout? Dropout { get; }

    /// <summary>True while training.</summary>
    public bool IsTraining => Dropout is not null;

    /// <summary>
    /// For each row of the layer's input, the number of its sequence as the caller gave them, int64 [rows]; the caller disposes it.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no batch.</exception>
    public Tensor Sequences()
    {
        Tensor all = Batch.SequenceOfRows(FirstOnly);
        if (_selected is null)
            return all;
        using (all)
            return all.index_select(0, _selected);
    }

    /// <summary>The batch's adapters by row; null: it names none, or there is no batch.</summary>
    internal IReadOnlyList<RowGroup>? Groups => _batch?.RowGroups;

    /// <summary>The same for the first tokens only.</summary>
    internal ForwardContext First() => new(_batch, true, Dropout, null);

    /// <summary>The same for some of the rows, int64 indices.</summary>
    internal ForwardContext Of(Tensor selected) => new(_batch, FirstOnly, Dropout, selected);
}
