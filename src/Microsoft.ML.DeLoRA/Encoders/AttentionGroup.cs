using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// Neighbouring sequences of a packed batch whose attention is computed together as [rows, heads, length, length].
/// Sequences shorter than the group's length are padded inside attention only.
/// </summary>
internal sealed class AttentionGroup : IDisposable
{
    /// <summary>First token of the group in the packed batch.</summary>
    public required int Start { get; init; }

    /// <summary>Number of tokens, padding not counted.</summary>
    public required int TokenCount { get; init; }

    /// <summary>Number of sequences.</summary>
    public required int Rows { get; init; }

    /// <summary>Tokens of the longest sequence.</summary>
    public required int Length { get; init; }

    /// <summary>[rows * length]: the token (counted from <see cref="Start"/>) that stands at each cell; null when no sequence needs padding.</summary>
    public Tensor? CellToken { get; init; }

    /// <summary>[tokens]: the cell of each token; null when no sequence needs padding.</summary>
    public Tensor? TokenCell { get; init; }

    /// <summary>[rows, 1, 1, length]: added to the scores: 0, or the lowest float where the key must not be seen; null when all are seen.</summary>
    public Tensor? Bias { get; init; }

    /// <summary>[tokens, hidden] of this group -> [rows, heads, length, head width].</summary>
    public Tensor Split(Tensor packed, int heads)
    {
        Tensor own = packed.narrow(0, Start, TokenCount);
        Tensor cells = CellToken is null ? own : own.index_select(0, CellToken);
        return cells.reshape(Rows, Length, heads, packed.shape[1] / heads).transpose(1, 2);
    }

    /// <summary>[rows, heads, length, head width] -> [tokens, hidden].</summary>
    public Tensor Join(Tensor context)
    {
        Tensor cells = context.transpose(1, 2).reshape((long)Rows * Length, context.shape[1] * context.shape[3]);
        return TokenCell is null ? cells : cells.index_select(0, TokenCell);
    }

    public void Dispose()
    {
        CellToken?.Dispose();
        TokenCell?.Dispose();
        Bias?.Dispose();
    }
}
