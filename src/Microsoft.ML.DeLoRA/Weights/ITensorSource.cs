using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Native;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Weights;

/// <summary>Named tensors that can be read: a safetensors file, several of them, or one with other names.</summary>
/// <remarks>Implementations are thread-safe for reading. <see cref="TensorSourceExtensions"/> reads values out of them.</remarks>
internal interface ITensorSource
{
    /// <summary>Where the tensors come from, for messages: a path or a description.</summary>
    string Description { get; }

    /// <summary>The names of all tensors, in the order in which they are stored.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>Whether there is a tensor of this name.</summary>
    bool Contains(string name);

    /// <summary>The size of every dimension; empty for a single number.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    ReadOnlySpan<long> Shape(string name);

    /// <summary>How the numbers are stored.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    TensorDataType DataType(string name);

    /// <summary>Copies the tensor's bytes (row-major, little-endian) to a destination of exactly their number.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    /// <exception cref="ArgumentException">The destination has another size.</exception>
    void CopyTo(string name, Span<byte> destination);

    /// <summary>
    /// Copies some of the tensor's bytes: as many as the destination takes, from <paramref name="offset"/> on. Tensors may have more than 2
    /// GB.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has fewer bytes.</exception>
    void CopyTo(string name, long offset, Span<byte> destination);
}

/// <summary>Reads values out of an <see cref="ITensorSource"/>.</summary>
internal static class TensorSourceExtensions
{
    /// <summary>The tensor's bytes as they are stored (row-major, little-endian).</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it is larger than 2 GB.</exception>
    public static byte[] ReadBytes(this ITensorSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        var bytes = new byte[source.CheckedByteCount(name)];
        source.CopyTo(name, bytes);
        return bytes;
    }

    /// <summary>The values of a tensor of any floating-point type, row-major.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it does not hold floating-point numbers.</exception>
    public static float[] ReadFloat32(this ITensorSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        switch (source.DataType(name))
        {
            case TensorDataType.Float32:
                var values = new float[source.CheckedByteCount(name) / sizeof(float)];
                source.CopyTo(name, MemoryMarshal.AsBytes(values.AsSpan()));
                return values;
            case TensorDataType.Float16:
                return Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(source.ReadBytes(name)).ToArray(), value => (float)value);
            case TensorDataType.BFloat16:
                return Array.ConvertAll(
                    MemoryMarshal.Cast<byte, ushort>(source.ReadBytes(name)).ToArray(),
                    value => BitConverter.Int32BitsToSingle(value << 16));
            case TensorDataType.Float64:
                return Array.ConvertAll(MemoryMarshal.Cast<byte, double>(source.ReadBytes(name)).ToArray(), value => (float)value);
            default:
                throw source.NoFloats(name);
        }
    }

    /// <summary>The values of an I64 or I32 tensor, row-major.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it holds something else.</exception>
    public static long[] ReadInt64(this ITensorSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.DataType(name) switch
        {
            TensorDataType.Int64 => MemoryMarshal.Cast<byte, long>(source.ReadBytes(name)).ToArray(),
            TensorDataType.Int32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(source.ReadBytes(name)).ToArray(), value => (long)value),
            var other => throw new InvalidDataException(
                $"Tensor '{name.Short()}' of {source.Description} holds {other.FileName()}; I64 or I32 is expected."),
        };
    }

    /// <summary>The tensor as float32, on the processor; the caller disposes it. It may have more than 2 GB.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or it does not hold floating-point numbers.</exception>
    public static torch.Tensor ReadTensor(this ITensorSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        TensorDataType type = source.DataType(name);
        if (!type.IsFloatingPoint())
            throw source.NoFloats(name);
        return type == TensorDataType.Float32 ? source.ReadStoredTensor(name) : Read(source, name, TensorDataType.Float32, (start, part) =>
        {
            torch.Tensor stored = torch.empty(part.shape, dtype: type.ToScalarType());
            source.CopyTo(name, start * type.Size(), stored.bytes);
            part.copy_(stored);
        });
    }

    /// <summary>
    /// The tensor in the type in which it is stored, on the processor; the caller disposes it. It may have more than 2 GB.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static torch.Tensor ReadStoredTensor(this ITensorSource source, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        TensorDataType type = source.DataType(name);
        return Read(source, name, type, (start, part) => source.CopyTo(name, start * type.Size(), part.bytes));
    }

    /// <summary>The tensor as float32 after checking its shape; the caller disposes it.</summary>
    /// <param name="source">Where it is read from.</param>
    /// <param name="name">Its name.</param>
    /// <param name="expectedShape">The shape that it has to have.</param>
    /// <exception cref="InvalidDataException">
    /// There is no such tensor, its shape is another (the message names both), or it does not hold floating-point numbers.
    /// </exception>
    public static torch.Tensor Require(this ITensorSource source, string name, params ReadOnlySpan<long> expectedShape)
    {
        ArgumentNullException.ThrowIfNull(source);
        source.RequireShape(name, expectedShape);
        return source.ReadTensor(name);
    }

    /// <summary>Checks that a tensor is there and has a shape, without reading it.</summary>
    /// <exception cref="InvalidDataException">There is no such tensor, or its shape is another; the message names both shapes.</exception>
    internal static void RequireShape(this ITensorSource source, string name, ReadOnlySpan<long> expectedShape)
    {
        if (!source.Contains(name))
            throw source.Missing(name, expectedShape);
        if (!source.Shape(name).SequenceEqual(expectedShape))
        {
            throw new InvalidDataException(
                $"Tensor '{name.Short()}' of {source.Description} has the shape {Shapes.Format(source.Shape(name))}; "
                + $"expected is {Shapes.Format(expectedShape)}. Do configuration and weights belong to the same model?");
        }
    }

    /// <summary>The error for a tensor that is not there.</summary>
    internal static InvalidDataException Missing(this ITensorSource source, string name, ReadOnlySpan<long> expectedShape = default)
    {
        string wanted = expectedShape.IsEmpty ? $"'{name.Short()}'" : $"'{name.Short()}' of shape {Shapes.Format(expectedShape)}";
        string found = source.Names.Count == 0 ? "no tensors"
            : $"{source.Names.Count} tensors, such as {string.Join(", ", source.Names.Take(5).Select(other => $"'{other.Short()}'"))}";
        return new InvalidDataException($"{source.Description} has no tensor {wanted}; it holds {found}.");
    }

    private static InvalidDataException NoFloats(this ITensorSource source, string name)
        => new($"Tensor '{name}' of {source.Description} holds {source.DataType(name).FileName()}; floating-point numbers are expected.");

    private static torch.Tensor Read(ITensorSource source, string name, TensorDataType type, Action<long, torch.Tensor> fill)
    {
        NativeLibraries.Require();
        torch.Tensor tensor = torch.empty(source.Shape(name).ToArray(), dtype: type.ToScalarType(), device: torch.CPU);
        try
        {
            TensorChunks.Fill(tensor, fill);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static int CheckedByteCount(this ITensorSource source, string name)
    {
        long count = Shapes.ByteCount(source.Shape(name), source.DataType(name));
        return count <= Array.MaxLength
            ? (int)count
            : throw new InvalidDataException(
                $"Tensor '{name.Short()}' of {source.Description} has {count:N0} bytes; at most {Array.MaxLength:N0} are read at once.");
    }
}
