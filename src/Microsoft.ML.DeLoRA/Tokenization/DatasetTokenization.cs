using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Tokenization;

/// <summary>The work behind <c>TokenizedDataset.Create</c>: rows in blocks over all processors, then put end to end.</summary>
internal sealed class DatasetTokenization(
    ITextTokenizer tokenizer, IReadOnlyList<string> texts, IReadOnlyList<string>? pairs, int maxLength, Func<int, string> rowName,
    IProgress<int>? progress)
{
    private const int BlockSize = 256;

    private readonly Lock _lock = new();
    private readonly Encoded[] _rows = new Encoded[texts.Count];
    private int _finished;
    private int _truncated;
    private (int Row, ArgumentException Fault)? _firstFault;

    public TokenizedDataset Run(CancellationToken cancellationToken)
    {
        int blocks = (int)(((long)texts.Count + BlockSize - 1) / BlockSize);
        Parallel.For(0, blocks, new ParallelOptions { CancellationToken = cancellationToken }, TokenizeBlock);
        if (_firstFault is var (row, fault))
            throw new ArgumentException($"{Capitalized(rowName(row))} (counted from 0): {fault.Message}", fault);
        return Join();
    }

    private void TokenizeBlock(int block, ParallelLoopState loop)
    {
        int begin = block * BlockSize, end = Math.Min(begin + BlockSize, texts.Count), truncated = 0;
        for (int row = begin; row < end; row++)
        {
            try
            {
                _rows[row] = tokenizer.Encode(texts[row], pairs?[row] ?? MissingPair(), maxLength);
                truncated += _rows[row].IsTruncated ? 1 : 0;
            }
            catch (ArgumentException fault)
            {
                // Break still runs the blocks before this one, so that the same row is named every time.
                loop.Break();
                lock (_lock)
                {
                    if (_firstFault is null || row < _firstFault.Value.Row)
                        _firstFault = (row, fault);
                }
                return;
            }
        }
        lock (_lock)
        {
            _truncated += truncated;
            _finished += end - begin;
            progress?.Report(_finished);
        }
    }

    private static string Capitalized(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private string? MissingPair() => pairs is null ? null : throw new ArgumentNullException(nameof(pairs));

    private TokenizedDataset Join()
    {
        var offsets = new int[texts.Count + 1];
        long total = 0;
        for (int row = 0; row < texts.Count; row++)
        {
            total += _rows[row].Ids.Length;
            if (total > Array.MaxLength)
                throw new ArgumentException($"The first {row + 1:N0} of {texts.Count:N0} rows have more than {Array.MaxLength:N0} tokens; "
                    + "train on fewer rows or a smaller maximum length.");
            offsets[row + 1] = (int)total;
        }
        var ids = new int[total];
        for (int row = 0; row < texts.Count; row++)
            _rows[row].Ids.CopyTo(ids, offsets[row]);
        return new TokenizedDataset(ids, offsets, _truncated, pairs is null ? null : [.. _rows.Select(r => r.SecondStart)]);
    }
}
