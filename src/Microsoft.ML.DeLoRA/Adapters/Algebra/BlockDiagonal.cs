using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Products with block-diagonal matrices, of which only the blocks are held.</summary>
internal static class BlockDiagonal
{
    /// <summary>
    /// x [rows, count * size] times the matrix that has <paramref name="blocks"/> [count, size, size] on its diagonal; a single block
    /// serves the whole width.
    /// </summary>
    public static Tensor Apply(Tensor x, Tensor blocks)
    {
        long size = blocks.shape[2];
        if (blocks.shape[0] == 1)
            return x.reshape(-1, size).mm(blocks.select(0, 0)).reshape(x.shape);
        return x.reshape(x.shape[0], -1, size).transpose(0, 1).bmm(blocks).transpose(0, 1).reshape(x.shape);
    }

    /// <summary>
    /// The vectors [blocks, size], each scaled to length 1, as columns of a matrix [blocks * size, blocks] that has zeros where a
    /// column's block is not: a few dense columns are one product with x, where single blocks are many.
    /// </summary>
    public static Tensor UnitColumns(Tensor vectors)
    {
        long count = vectors.shape[0];
        Tensor unit = vectors / vectors.norm(1, keepdim: true);
        return (unit.unsqueeze(2) * eye(count, dtype: vectors.dtype, device: vectors.device).unsqueeze(1)).reshape(-1, count);
    }

    /// <summary>Refuses a number of blocks that does not divide a layer's width.</summary>
    /// <param name="method">Name of the method, for the message.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="blocks">The number of blocks.</param>
    /// <param name="width">The width to divide: the layer's <paramref name="side"/> width.</param>
    /// <param name="side">"input" or "output".</param>
    public static void CheckCount(string method, AdaptableLinear layer, int blocks, long width, string side)
    {
        if (blocks < 1 || width % blocks != 0)
            throw new ArgumentException($"{method}: {blocks} blocks do not divide the {side} width {width} of "
                + $"module '{layer.Name}' of shape "
                + $"{layer.Shape}; choose one of {Divisors(width)}.");
    }

    /// <summary>Refuses a block size that does not divide a layer's input width or is below <paramref name="minimum"/>.</summary>
    public static void CheckSize(string method, AdaptableLinear layer, int size, int minimum)
    {
        if (size < minimum || layer.InputSize % size != 0)
            throw new ArgumentException($"{method}: block size {size} does not fit the input width "
                + $"{layer.InputSize} of module '{layer.Name}' "
                + $"of shape {layer.Shape}; choose one of {Divisors(layer.InputSize, minimum)}.");
    }

    private static string Divisors(long width, int minimum = 1)
        => string.Join(", ", Enumerable.Range(minimum, (int)width - minimum + 1).Where(d => width % d == 0));
}
