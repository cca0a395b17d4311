using TorchSharp;
using static TorchSharp.torch;

namespace Compat.Tests.Torch;

/// <summary>Autograd against central finite differences in double precision.</summary>
public class GradientTests
{
    // The step's own error is about step^2 and rounding about 1e-16 / step: both near 1e-10 at 1e-5, times the curvature of the case.
    private const double Step = 1e-5;
    private const double Tolerance = 1e-6;

    public static TheoryData<string> Names => [.. GradientCases.All.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_is_that_of_finite_differences(string name)
    {
        GradientCase row = GradientCases.All.Single(row => row.Name == name);
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(17);
        Tensor[] inputs = [.. row.Shapes.Select(shape => (row.Draw ?? (x => x))(randn(shape, float64, generator: generator)).detach())];

        // Each element of the result counts with its own weight, or wrong places would cancel out.
        Tensor Value()
        {
            Tensor result = row.Operation(inputs).flatten();
            return (result * arange(1, result.numel() + 1, float64).cos()).sum();
        }

        foreach (Tensor input in inputs)
            input.requires_grad = true;
        Value().backward();

        foreach (Tensor input in inputs)
        {
            double[] analytic = input.grad!.contiguous().data<double>().ToArray();
            using IDisposable withoutGradient = no_grad();
            Assert.True(input.is_contiguous());
            var elements = input.data<double>();
            for (long i = 0; i < input.numel(); i++)
            {
                long[] place = Place(i, input.shape);
                double middle = elements[place];
                elements[place] = middle + Step;
                double above = Value().ToDouble();
                elements[place] = middle - Step;
                double below = Value().ToDouble();
                elements[place] = middle;
                double numeric = (above - below) / (2 * Step);
                Assert.True(Math.Abs(analytic[i] - numeric) <= Tolerance * Math.Max(1, Math.Abs(numeric)),
                    $"{name}, input {Array.IndexOf(inputs, input)}, element {i}: autograd {analytic[i]}, finite difference {numeric}");
            }
        }
    }

    private static long[] Place(long index, long[] shape)
    {
        var place = new long[shape.Length];
        for (int dimension = shape.Length - 1; dimension >= 0; dimension--)
            (index, place[dimension]) = Math.DivRem(index, shape[dimension]);
        return place;
    }
}
