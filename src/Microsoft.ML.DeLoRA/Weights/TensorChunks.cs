using TorchSharp;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>
/// Goes through tensors piece by piece. A span cannot have more than 2^31 bytes and a tensor can; and what is converted or copied on the
/// way takes the memory of a piece only.
/// </summary>
internal static class TensorChunks
{
    /// <summary>Bytes of a piece: large enough that its costs do not count.</summary>
    public const int Size = 1 << 24;

    /// <summary>Calls back for [start, start + count) of so many elements.</summary>
    public static void ForEach(long elements, int elementSize, Action<long, int> use)
    {
        int most = Size / elementSize;
        for (long start = 0; start < elements; start += most)
            use(start, (int)Math.Min(most, elements - start));
    }

    /// <summary>Hands over the bytes of a tensor on any device as a type, row-major.</summary>
    public static void Read(torch.Tensor tensor, TensorDataType type, Action<ReadOnlySpan<byte>> use)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor flat = tensor.detach().reshape(-1);
        ForEach(flat.numel(), type.Size(), (start, count) =>
        {
            using var one = torch.NewDisposeScope();
            use(flat.narrow(0, start, count).to(type.ToScalarType()).cpu().contiguous().bytes);
        });
    }

    /// <summary>Hands over the bytes of a stored tensor.</summary>
    public static void Read(ITensorSource source, string name, Action<ReadOnlySpan<byte>> use)
    {
        long length = Shapes.ByteCount(source.Shape(name), source.DataType(name));
        var buffer = new byte[(int)Math.Min(Size, length)];
        ForEach(length, 1, (start, count) =>
        {
            Span<byte> part = buffer.AsSpan(0, count);
            source.CopyTo(name, start, part);
            use(part);
        });
    }

    /// <summary>Fills a new tensor, row-major on the processor, whose pieces are asked for by their first element.</summary>
    public static void Fill(torch.Tensor tensor, Action<long, torch.Tensor> fill)
    {
        using IDisposable noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        torch.Tensor flat = tensor.view(-1);
        ForEach(flat.numel(), sizeof(double), (start, count) =>
        {
            using var one = torch.NewDisposeScope();
            fill(start, flat.narrow(0, start, count));
        });
    }
}
