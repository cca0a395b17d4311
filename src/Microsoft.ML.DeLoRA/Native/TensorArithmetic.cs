using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Native;

/// <summary>Arithmetic of tensors with numbers, and sums of tensors, whose numbers live as long as libtorch reads them.</summary>
/// <remarks>
/// TorchSharp gives libtorch the bare address of a <see cref="Scalar"/>, and nothing refers to the scalar any more once that address has
/// been read. In <c>tensor * 2.0</c> it is one that TorchSharp makes, and so is the factor 1 of <c>a + b</c>: a garbage collection on any
/// other thread then frees it while libtorch computes with it, which ends in wrong numbers, exceptions, or a damaged heap. Here a number
/// is either a constant that lives for ever or is disposed after the call. Nothing else in the library makes a scalar or calls a member of
/// TorchSharp that makes one; a test reads the assemblies to see to it. Products, differences and quotients of two tensors need no scalar.
/// <para>Results are those of the operators, to the last bit; gradients too. A tensor is safe while a dispose scope, a field or a
/// <c>using</c> holds it. Thread-safe as far as the tensors are not written to.</para>
/// </remarks>
public static class TensorArithmetic
{
    private static readonly Scalar _zero = 0;
    private static readonly Scalar _one = 1;
    private static readonly Scalar _two = 2;

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, _one);

    /// <summary>a + factor b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b, double factor)
    {
        using Scalar scalar = factor;
        return a.add(b, scalar);
    }

    /// <summary>a + number.</summary>
    public static Tensor Plus(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.add(scalar, _one);
    }

    /// <summary>a + x y, elementwise.</summary>
    public static Tensor PlusProduct(this Tensor a, Tensor x, Tensor y) => a.addcmul(x, y, _one);

    /// <summary>a with the rows of <paramref name="source"/> added to those that <paramref name="rows"/> names.</summary>
    public static Tensor PlusRows(this Tensor a, Tensor rows, Tensor source) => a.index_add(0, rows, source, _one);

    /// <summary>a - number.</summary>
    public static Tensor Minus(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.sub(scalar);
    }

    /// <summary>number - a.</summary>
    public static Tensor SubtractedFrom(this Tensor a, double number) => a.negative().Plus(number);

    /// <summary>a number.</summary>
    public static Tensor Times(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.mul(scalar);
    }

    /// <summary>a / number.</summary>
    public static Tensor DividedBy(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.div(scalar);
    }

    /// <summary>a^2, elementwise.</summary>
    public static Tensor Squared(this Tensor a) => a.pow(_two);

    /// <summary>a^exponent, elementwise.</summary>
    public static Tensor Power(this Tensor a, double exponent)
    {
        using Scalar scalar = exponent;
        return a.pow(scalar);
    }

    /// <summary>max(a, minimum), elementwise; NaN stays NaN.</summary>
    public static Tensor AtLeast(this Tensor a, double minimum)
    {
        using Scalar scalar = minimum;
        return a.clamp_min(scalar);
    }

    /// <summary>Whether a > number, elementwise.</summary>
    public static Tensor GreaterThan(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.gt(scalar);
    }

    /// <summary>A new vector of <paramref name="size"/> 32-bit floats that are all <paramref name="value"/>.</summary>
    public static Tensor Filled(long size, double value)
    {
        using Scalar scalar = value;
        return full(size, scalar, float32);
    }

    /// <summary>Writes 0 into every element; the same tensor.</summary>
    public static Tensor SetToZero(this Tensor a) => a.fill_(_zero);

    /// <summary>a += b; the same tensor.</summary>
    public static Tensor AddInPlace(this Tensor a, Tensor b) => a.add_(b, _one);

    /// <summary>a += factor b; the same tensor.</summary>
    public static Tensor AddInPlace(this Tensor a, Tensor b, double factor)
    {
        using Scalar scalar = factor;
        return a.add_(b, scalar);
    }

    /// <summary>a += number; the same tensor.</summary>
    public static Tensor AddInPlace(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.add_(scalar, _one);
    }

    /// <summary>a += factor x y, elementwise; the same tensor.</summary>
    public static Tensor AddProductInPlace(this Tensor a, Tensor x, Tensor y, double factor)
    {
        using Scalar scalar = factor;
        return a.addcmul_(x, y, scalar);
    }

    /// <summary>a += factor x / y, elementwise; the same tensor.</summary>
    public static Tensor AddQuotientInPlace(this Tensor a, Tensor x, Tensor y, double factor)
    {
        using Scalar scalar = factor;
        return a.addcdiv_(x, y, scalar);
    }

    /// <summary>a *= factor; the same tensor.</summary>
    public static Tensor MultiplyInPlace(this Tensor a, double factor)
    {
        using Scalar scalar = factor;
        return a.mul_(scalar);
    }

    /// <summary>a /= number; the same tensor.</summary>
    public static Tensor DivideInPlace(this Tensor a, double number)
    {
        using Scalar scalar = number;
        return a.div_(scalar);
    }

    /// <summary>The value of a tensor of one element, of whatever type.</summary>
    public static double Number(this Tensor a)
    {
        using Scalar scalar = a.ToScalar();
        return scalar.ToDouble();
    }

    /// <summary>The value of a tensor of one integer.</summary>
    public static long Integer(this Tensor a)
    {
        using Scalar scalar = a.ToScalar();
        return scalar.ToInt64();
    }
}
