using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Encoders;

/// <summary>How far numbers are from those expected.</summary>
internal static class Differences
{
    /// <summary>The largest absolute difference; NaN anywhere, or another number of elements, is infinitely far.</summary>
    public static double Largest(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        if (expected.Length != actual.Length)
            return double.PositiveInfinity;
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - actual[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }
        return largest;
    }

    public static double Largest(ReadOnlySpan<float> expected, Tensor actual) => Largest(expected, actual.ToArray());

    /// <summary>The largest absolute difference, relative to the largest expected magnitude.</summary>
    public static double Relative(ReadOnlySpan<float> expected, Tensor actual)
    {
        double difference = Largest(expected, actual);
        double scale = 0;
        foreach (float value in expected)
            scale = Math.Max(scale, Math.Abs(value));
        return difference == 0 ? 0 : difference / scale;
    }

    /// <summary>The largest absolute difference, relative to the largest expected magnitude where that is above 1.</summary>
    public static double Mixed(ReadOnlySpan<float> expected, Tensor actual)
        => Math.Min(Largest(expected, actual), Relative(expected, actual));

    /// <summary>The elements of a float tensor, row-major.</summary>
    public static float[] ToArray(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>Writes a number into every element; the same tensor.</summary>
    public static Tensor Fill(this Tensor tensor, double value)
    {
        using Scalar scalar = value;
        return tensor.fill_(scalar);
    }
}
