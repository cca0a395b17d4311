using TorchSharp;

namespace Microsoft.ML.DeLoRA.Weights;

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
            : throw new NotSupportedException($"Tensors of type {scalar} cannot be stored; convert to one of {string.Join(", ", Table.Select(row => row.Scalar))} first.");
    }

    public static string AllNames => string.Join(", ", Table.Select(row => row.Name));
}
