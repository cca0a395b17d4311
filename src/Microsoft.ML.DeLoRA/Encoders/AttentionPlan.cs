using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Cuts the sequences of a packed batch, sorted by length, into attention groups: few products, little padding.</summary>
internal static class AttentionPlan
{
    // A group ends where the next sequence would be padded to more than 1.5 times its length, unless the group is still so
    // small that a product of its own would cost more than the padding (a product has a fixed cost of about this many cells).
    private const double PaddingLimit = 1.5;
    private const int SmallGroup = 512;

    /// <param name="lengths">Tokens of each sequence, descending.</param>
    /// <param name="visible">Per token of the packed batch: may others attend to it? null: all.</param>
    /// <param name="device">Where the index tensors go.</param>
    public static AttentionGroup[] Create(ReadOnlySpan<int> lengths, bool[]? visible, Device device)
    {
        var groups = new List<AttentionGroup>();
        int start = 0;
        for (int first = 0; first < lengths.Length;)
        {
            int longest = lengths[first];
            int last = first;
            int tokens = 0;
            while (last < lengths.Length && (longest <= PaddingLimit * lengths[last] || tokens < SmallGroup))
                tokens += lengths[last++];
            groups.Add(Group(lengths[first..last], start, tokens, visible, device));
            start += tokens;
            first = last;
        }
        return [.. groups];
    }

    private static AttentionGroup Group(ReadOnlySpan<int> lengths, int start, int tokens, bool[]? visible, Device device)
    {
        int length = lengths[0];
        bool padded = tokens != length * lengths.Length;
        bool hidden = visible is not null && visible.AsSpan(start, tokens).Contains(false);
        if (!padded && !hidden)
            return new AttentionGroup { Start = start, TokenCount = tokens, Rows = lengths.Length, Length = length };

        var cellToken = new long[lengths.Length * length];
        var tokenCell = new long[tokens];
        var bias = new float[lengths.Length * length];
        int token = 0;
        for (int row = 0; row < lengths.Length; row++)
        {
            for (int i = 0; i < length; i++)
            {
                int cell = row * length + i;
                bool real = i < lengths[row];
                if (!real || (visible is not null && !visible[start + token]))
                    bias[cell] = float.MinValue;
                if (!real)
                    continue;
                cellToken[cell] = token;
                tokenCell[token++] = cell;
            }
        }
        return new AttentionGroup
        {
            Start = start,
            TokenCount = tokens,
            Rows = lengths.Length,
            Length = length,
            CellToken = padded ? tensor(cellToken, device: device).DetachFromDisposeScope() : null,
            TokenCell = padded ? tensor(tokenCell, device: device).DetachFromDisposeScope() : null,
            Bias = tensor(bias, [lengths.Length, 1, 1, length], device: device).DetachFromDisposeScope(),
        };
    }
}

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

    /// <summary>
    /// [rows * length]: the token (counted from <see cref="Start"/>) that stands at each cell; null when no sequence needs padding.
    /// </summary>
    public Tensor? CellToken { get; init; }

    /// <summary>[tokens]: the cell of each token; null when no sequence needs padding.</summary>
    public Tensor? TokenCell { get; init; }

    /// <summary>
    /// [rows, 1, 1, length]: added to the scores: 0, or the lowest float where the key must not be seen; null when all are seen.
    /// </summary>
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
