using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>Token ids and attention mask [rows, length] of a golden file.</summary>
internal sealed class GoldenBatch
{
    private readonly int[] _ids;
    private readonly bool[] _mask;
    private readonly int _padId;

    /// <param name="file">The file.</param>
    /// <param name="padId">Id of the padding token.</param>
    /// <param name="prefix">Stands before the names: <c>eval_</c> or nothing.</param>
    public GoldenBatch(ITensorSource file, int padId, string prefix = "")
    {
        ReadOnlySpan<long> shape = file.Shape(prefix + "input_ids");
        Length = (int)shape[^1];
        _ids = [.. file.ReadInt64(prefix + "input_ids").Select(id => (int)id)];
        _mask = file.Contains(prefix + "attention_mask")
            ? [.. file.ReadInt64(prefix + "attention_mask").Select(m => m != 0)]
            : [.. Enumerable.Repeat(true, _ids.Length)];
        Count = _ids.Length / Length;
        _padId = padId;
    }

    public int Count { get; }

    /// <summary>Length to which the rows are padded in the file.</summary>
    public int Length { get; }

    /// <summary>The row without the padding at its end that nobody attends to.</summary>
    public ReadOnlyMemory<int> Row(int row)
    {
        int length = Length;
        while (length > 0 && !_mask[row * Length + length - 1] && _ids[row * Length + length - 1] == _padId)
            length--;
        return _ids.AsMemory(row * Length, length);
    }

    public PackedBatch Packed()
    {
        ReadOnlyMemory<int>[] rows = [.. Enumerable.Range(0, Count).Select(Row)];
        bool[][] visible = [.. rows.Select((r, i) => _mask.AsSpan(i * Length, r.Length).ToArray())];
        return PackedBatch.Create(rows, _padId, TestDevice.Current, visible.All(v => v.All(m => m)) ? null : visible);
    }

    /// <summary>The rows as long as in the file, padding included.</summary>
    public PackedBatch Padded()
        => PackedBatch.Create(
            [.. Enumerable.Range(0, Count).Select(r => (ReadOnlyMemory<int>)_ids.AsMemory(r * Length, Length))], _padId, TestDevice.Current,
            [.. Enumerable.Range(0, Count).Select(r => _mask.AsSpan(r * Length, Length).ToArray())]);
}
