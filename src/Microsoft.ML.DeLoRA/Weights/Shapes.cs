namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>Small helpers for shapes.</summary>
internal static class Shapes
{
    /// <summary>A shape as messages show it: [2, 3].</summary>
    public static string Format(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>How many bytes a tensor takes.</summary>
    /// <exception cref="OverflowException">More than 2^63.</exception>
    public static long ByteCount(ReadOnlySpan<long> shape, TensorDataType type)
    {
        // A zero dimension makes the product zero, but must not hide that the others overflow.
        long size = type.Size(), zeros = 1;
        foreach (long dimension in shape)
        {
            if (dimension == 0)
                zeros = 0;
            else
                size = checked(size * dimension);
        }
        return size * zeros;
    }
}
