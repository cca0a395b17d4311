using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tokenization;

/// <summary>
/// Rows of token ids, tokenised once and kept end to end in one array: no object per row, so that the memory is that of the
/// ids and the garbage collector has nothing to walk.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class TokenizedDataset
{
    private readonly int[] _ids;
    private readonly int[] _offsets;
    private readonly int[]? _secondStarts;

    internal TokenizedDataset(int[] ids, int[] offsets, int truncatedRows, int[]? secondStarts = null)
    {
        _ids = ids;
        _offsets = offsets;
        _secondStarts = secondStarts;
        TruncatedRows = truncatedRows;
    }

    /// <summary>The number of rows.</summary>
    public int Count => _offsets.Length - 1;

    /// <summary>The number of tokens of all rows together, special ones counted.</summary>
    public int TokenCount => _ids.Length;

    /// <summary>How many rows lost tokens to the maximum length.</summary>
    public int TruncatedRows { get; }

    /// <summary>The number of tokens of one row.</summary>
    public int Length(int row) => _offsets[row + 1] - _offsets[row];

    /// <summary>The ids of one row.</summary>
    public ReadOnlySpan<int> Row(int row) => _ids.AsSpan(_offsets[row], Length(row));

    /// <summary>The ids of one row, as a view that may be kept.</summary>
    public ReadOnlyMemory<int> RowMemory(int row) => _ids.AsMemory(_offsets[row], Length(row));

    /// <summary>Whether the rows are pairs of texts.</summary>
    public bool HasPairs => _secondStarts is not null;

    /// <summary>Where the second text of a row begins, see <see cref="Encoded.SecondStart"/>.</summary>
    public int SecondStart(int row) => _secondStarts?[row] ?? Length(row);

    /// <summary>Tokenises texts, or pairs of texts, on all processors; the rows keep their order.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="texts">The texts; empty ones are allowed.</param>
    /// <param name="pairs">The second text of every row, or null.</param>
    /// <param name="maxLength">The most tokens of a row, special ones counted.</param>
    /// <param name="progress">Told the number of finished rows, from time to time and at the end; null for none.</param>
    /// <param name="cancellationToken">Stops within a few hundred rows.</param>
    /// <exception cref="ArgumentException">
    /// The two lists are of different lengths, the maximum length is too small, or a text is null or no valid Unicode (the message names
    /// its row).
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TokenizedDataset Create(
        ITextTokenizer tokenizer,
        IReadOnlyList<string> texts,
        IReadOnlyList<string>? pairs,
        int maxLength,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
        => Create(tokenizer, texts, pairs, maxLength, row => $"row {row}", progress, cancellationToken);

    /// <summary>The same with other names for the rows, in messages.</summary>
    internal static TokenizedDataset CreateNamed(
        ITextTokenizer tokenizer,
        IReadOnlyList<string> texts,
        IReadOnlyList<string>? pairs,
        int maxLength,
        Func<int, string> rowName,
        CancellationToken cancellationToken)
        => Create(tokenizer, texts, pairs, maxLength, rowName, progress: null, cancellationToken);

    private static TokenizedDataset Create(
        ITextTokenizer tokenizer, IReadOnlyList<string> texts, IReadOnlyList<string>? pairs, int maxLength, Func<int, string> rowName,
        IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(texts);
        if (pairs is not null && pairs.Count != texts.Count)
            throw new ArgumentException($"There are {texts.Count} texts, but {pairs.Count} second texts; every row needs both.",
                nameof(pairs));
        // Refuses a bad maximum length here, even without any row.
        _ = tokenizer.Encode("", pairs is null ? null : "", maxLength);
        return new DatasetTokenization(tokenizer, texts, pairs, maxLength, rowName, progress).Run(cancellationToken);
    }
}
