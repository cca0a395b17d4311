using TorchSharp;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>
/// How the numbers of a stored tensor are kept. The order is that of the safetensors library: later ones are written first.
/// </summary>
internal enum TensorDataType
{
    /// <summary>BOOL: one byte, 0 or 1.</summary>
    Boolean,

    /// <summary>U8.</summary>
    UInt8,

    /// <summary>I8.</summary>
    Int8,

    /// <summary>I16.</summary>
    Int16,

    /// <summary>F16: IEEE half precision.</summary>
    Float16,

    /// <summary>BF16: the upper half of a float32.</summary>
    BFloat16,

    /// <summary>I32.</summary>
    Int32,

    /// <summary>F32.</summary>
    Float32,

    /// <summary>F64.</summary>
    Float64,

    /// <summary>I64.</summary>
    Int64,
}

/// <summary>What each <see cref="TensorDataType"/> is called in a file and in TorchSharp, and how many bytes an element takes.</summary>
internal static class TensorDataTypes
{
    private static readonly (TensorDataType Type, string Name, int Size, torch.ScalarType Scalar)[] Table =
    [
        (TensorDataType.Boolean, "BOOL", 1, torch.ScalarType.Bool),
        (TensorDataType.UInt8, "U8", 1, torch.ScalarType.Byte),
        (TensorDataType.Int8, "I8", 1, torch.ScalarType.Int8),
        (TensorDataType.Int16, "I16", 2, torch.ScalarType.Int16),
        (TensorDataType.Float16, "F16", 2, torch.ScalarType.Float16),
        (TensorDataType.BFloat16, "BF16", 2, torch.ScalarType.BFloat16),
        (TensorDataType.Int32, "I32", 4, torch.ScalarType.Int32),
        (TensorDataType.Float32, "F32", 4, torch.ScalarType.Float32),
        (TensorDataType.Float64, "F64", 8, torch.ScalarType.Float64),
        (TensorDataType.Int64, "I64", 8, torch.ScalarType.Int64),
    ];

    public static string FileName(this TensorDataType type) => Table[(int)type].Name;

    public static int Size(this TensorDataType type) => Table[(int)type].Size;

    public static torch.ScalarType ToScalarType(this TensorDataType type) => Table[(int)type].Scalar;

    public static bool IsFloatingPoint(this TensorDataType type)
        => type is TensorDataType.Float16 or TensorDataType.BFloat16 or TensorDataType.Float32 or TensorDataType.Float64;

    public static bool TryParse(string name, out TensorDataType type)
    {
        int index = Array.FindIndex(Table, row => row.Name == name);
        type = (TensorDataType)Math.Max(index, 0);
        return index >= 0;
    }

    public static TensorDataType From(torch.ScalarType scalar)
    {
        int index = Array.FindIndex(Table, row => row.Scalar == scalar);
        return index >= 0
            ? (TensorDataType)index
            : throw new NotSupportedException($"Tensors of type {scalar} cannot be stored; "
                + $"convert to one of {string.Join(", ", Table.Select(row => row.Scalar))} first.");
    }

    public static string AllNames => string.Join(", ", Table.Select(row => row.Name));
}

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
