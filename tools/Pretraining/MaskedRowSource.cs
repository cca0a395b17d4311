using Microsoft.ML.DeLoRA.Text;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>
/// Draws rows from the token files and masks them as BERT does: of the chosen tokens 80 % become the mask, 10 % a random token,
/// 10 % stay. Rows 2k and 2k + 1 are neighbours in the corpus. What a step gets depends on seed and step alone, so a resumed run sees the
/// same rows.
/// </summary>
internal sealed class MaskedRowSource
{
    private readonly IReadOnlyList<ushort[]> _files;
    private readonly double[] _cumulativeMix;
    private readonly ITextTokenizer _tokenizer;
    private readonly int _unknownId;
    private readonly int _maskId;
    private readonly double _maskRatio;
    private readonly int _seed;

    public MaskedRowSource(
        IReadOnlyList<ushort[]> files, IReadOnlyList<double>? mix, ITextTokenizer tokenizer, double maskRatio, int seed)
    {
        (_files, _tokenizer, _maskRatio, _seed) = (files, tokenizer, maskRatio, seed);
        const string needed = "Masked-language modelling needs a vocabulary with <unk> and <mask>.";
        _unknownId = tokenizer.UnknownId ?? throw new ArgumentException(needed, nameof(tokenizer));
        _maskId = tokenizer.MaskId ?? throw new ArgumentException(needed, nameof(tokenizer));
        double[] shares = [.. mix ?? [.. files.Select(f => (double)f.Length)]];
        if (shares.Length != files.Count || shares.Any(s => !(s >= 0)) || shares.Sum() <= 0)
            throw new ArgumentException($"The mix needs one share of 0 or more for each of the {files.Count} corpus files.", nameof(mix));
        double total = shares.Sum();
        double sum = 0;
        _cumulativeMix = [.. shares.Select(s => (sum += s) / total)];
    }

    /// <summary>
    /// The rows of a step: <paramref name="count"/> rows (an even number) of <paramref name="length"/> tokens, &lt;s&gt; and &lt;/s&gt;
    /// included.
    /// </summary>
    public MaskedRows Next(int step, int count, int length)
    {
        var random = new Random(unchecked(_seed * 1_000_003 + step));
        var rows = new List<ReadOnlyMemory<int>>(count);
        var positions = new List<long>();
        var targets = new List<long>();
        ushort[] tokens = [];
        int start = 0;
        for (int r = 0; r < count; r++)
        {
            (tokens, start) = r % 2 == 0 ? Draw(random, 2 * length) : (tokens, start + length - 2);
            int[] row = Row(tokens, start, length);
            for (int i = 1; i < length - 1; i++)
            {
                if (random.NextDouble() >= _maskRatio)
                    continue;
                positions.Add((long)r * length + i);
                targets.Add(row[i]);
                row[i] = Hide(random, row[i]);
            }
            rows.Add(row);
        }
        return new MaskedRows(rows, [.. positions], [.. targets]);
    }

    private (ushort[] Tokens, int Start) Draw(Random random, int length)
    {
        double share = random.NextDouble();
        int index = Array.FindIndex(_cumulativeMix, c => share < c);
        ushort[] tokens = _files[index < 0 ? _files.Count - 1 : index];
        return (tokens, random.Next(Math.Max(1, tokens.Length - length)));
    }

    private int[] Row(ushort[] tokens, int start, int length)
    {
        var row = new int[length];
        row[0] = _tokenizer.BeginId;
        for (int i = 1; i < length - 1; i++)
            row[i] = tokens[(start + i - 1) % tokens.Length];
        row[^1] = _tokenizer.EndId;
        return row;
    }

    private int Hide(Random random, int token) => random.NextDouble() switch
    {
        < 0.8 => _maskId,
        < 0.9 => random.Next(_unknownId + 1, _maskId),
        _ => token,
    };
}
