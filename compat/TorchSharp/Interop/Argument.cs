using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Mirrors Kind in shim.h.</summary>
internal enum Kind { None, Tensor, Int, Double, Bool, Ints, Tensors, Device, Generator, String }

/// <summary>Mirrors Value in shim.h; reals are kept as their bits.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Value
{
    public Kind Kind;
    public int Count;
    public long Bits;
}

/// <summary>One argument of a native operator. Holds the managed object so that it lives through the call.</summary>
internal readonly struct Argument
{
    public readonly Kind Kind;
    public readonly long Bits;
    public readonly object? Owner;

    private Argument(Kind kind, long bits, object? owner = null) => (Kind, Bits, Owner) = (kind, bits, owner);

    public static implicit operator Argument(torch.Tensor? value) => value is null ? default : new(Kind.Tensor, value.Handle, value);
    public static implicit operator Argument(torch.Tensor?[] value) => new(Kind.Tensors, 0, value);
    public static implicit operator Argument(Scalar? value) => value is null ? default : value.Argument;
    public static implicit operator Argument(long value) => new(Kind.Int, value);
    public static implicit operator Argument(long? value) => value is { } present ? present : default(Argument);
    public static implicit operator Argument(double value) => new(Kind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(double? value) => value is { } present ? present : default(Argument);
    public static implicit operator Argument(bool value) => new(Kind.Bool, value ? 1 : 0);
    public static implicit operator Argument(long[]? value) => value is null ? default : new(Kind.Ints, 0, value);
    public static implicit operator Argument(string? value) => value is null ? default : new(Kind.String, 0, value);
    public static implicit operator Argument(torch.ScalarType value) => new(Kind.Int, (int)value);
    public static implicit operator Argument(torch.ScalarType? value) => value is { } present ? present : default(Argument);
    public static implicit operator Argument(torch.Device? value) => value is null ? default : new(Kind.Device, value.Packed);
    public static implicit operator Argument(torch.Generator? value) => value is null ? default : new(Kind.Generator, value.Handle, value);

    /// <summary>A list of one number, without an array for it.</summary>
    public static Argument List(long value) => new(Kind.Ints, value);
}
