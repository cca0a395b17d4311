using TorchSharp.Interop;

namespace TorchSharp;

/// <summary>A number as an operator's argument: an integer, a real or a truth value.</summary>
public sealed class Scalar : IDisposable
{
    internal Scalar(long value) => (Type, Argument) = (torch.ScalarType.Int64, value);
    internal Scalar(double value) => (Type, Argument) = (torch.ScalarType.Float64, value);
    internal Scalar(bool value) => (Type, Argument) = (torch.ScalarType.Bool, value);

    internal Argument Argument { get; }

    public torch.ScalarType Type { get; }

    internal double AsDouble => Type == torch.ScalarType.Float64 ? BitConverter.Int64BitsToDouble(Argument.Bits) : Argument.Bits;

    internal long AsInt64 => Type == torch.ScalarType.Float64 ? (long)BitConverter.Int64BitsToDouble(Argument.Bits) : Argument.Bits;

    public static implicit operator Scalar(byte value) => new((long)value);
    public static implicit operator Scalar(sbyte value) => new((long)value);
    public static implicit operator Scalar(short value) => new((long)value);
    public static implicit operator Scalar(int value) => new((long)value);
    public static implicit operator Scalar(long value) => new(value);
    public static implicit operator Scalar(float value) => new((double)value);
    public static implicit operator Scalar(double value) => new(value);
    public static implicit operator Scalar(Half value) => new((double)value);
    public static implicit operator Scalar(bool value) => new(value);

    /// <summary>Nothing native to free; here because the real one has it.</summary>
    public void Dispose()
    {
    }
}
