using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Pretraining;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Pretraining;

/// <summary>
/// Against the same computation in plain C#: a product whose factors or addend are taken for each other has the right shape where it is
/// square.
/// </summary>
public class OrthogonalMomentumTests
{
    private const double Momentum = 0.95;

    // Five float32 iterations of products of up to 7 terms, which at worst multiply a rounding by 3.4 each.
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData(5, 5, 1)]
    [InlineData(5, 5, 3)]
    [InlineData(3, 7, 2)]
    [InlineData(7, 3, 2)]
    [InlineData(1, 4, 1)]
    public void A_step_is_that_of_the_paper(int rows, int columns, int matrices)
    {
        var random = new Random(rows * 100 + columns * 10 + matrices);
        double[][,] values = [.. Enumerable.Range(0, matrices).Select(_ => Random(random, rows, columns))];
        ModelParameter[] parameters = [.. values.Select((v, i) => new ModelParameter($"{i}", Of(v), trainable: true))];
        double[][,] velocities = [.. values.Select(v => new double[rows, columns])];
        const double rate = 0.03, decay = 0.1;
        using var optimizer = new OrthogonalMomentum(parameters);
        for (int step = 0; step < 3; step++)
        {
            for (int i = 0; i < matrices; i++)
            {
                double[,] gradient = Random(random, rows, columns);
                parameters[i].Value.grad = Of(gradient);
                velocities[i] = Sum(velocities[i], Momentum, gradient, 1);
                double[,] update = Orthogonal(Sum(gradient, 1, velocities[i], Momentum));
                values[i] = Sum(values[i], 1 - rate * decay, update, -rate * 0.2 * Math.Sqrt(Math.Max(rows, columns)));
            }
            optimizer.Step(rate, decay);
            for (int i = 0; i < matrices; i++)
            {
                float[] found = parameters[i].Value.ToArray();
                for (int cell = 0; cell < found.Length; cell++)
                    Assert.Equal(values[i][cell / columns, cell % columns], found[cell], Tolerance);
                Assert.All(parameters[i].Value.grad!.ToArray(), g => Assert.Equal(0, g));
            }
        }
        foreach (ModelParameter parameter in parameters)
            parameter.Dispose();
    }

    [Fact]
    public void Singular_values_come_near_1()
    {
        double[,] update = Orthogonal(Random(new Random(3), 6, 6));
        using Tensor values = linalg.svdvals(Of(update));
        // Jordan et al.: from about 0.7 to 1.2; the smallest of a random matrix may still be on its way.
        Assert.All(values.ToArray()[..5], s => Assert.InRange(s, 0.5f, 1.3f));
    }

    // Newton-Schulz: X <- 3.4445 X - 4.775 (X X') X + 2.0315 (X X')^2 X, on the wide form, from X / |X|.
    private static double[,] Orthogonal(double[,] matrix)
    {
        bool tall = matrix.GetLength(0) > matrix.GetLength(1);
        double[,] x = tall ? Transposed(matrix) : matrix;
        double norm = Math.Sqrt(x.Cast<double>().Sum(v => v * v)) + 1e-7;
        x = Sum(x, 1 / norm, x, 0);
        for (int i = 0; i < 5; i++)
        {
            double[,] a = Product(x, Transposed(x));
            double[,] b = Sum(a, -4.7750, Product(a, a), 2.0315);
            x = Sum(x, 3.4445, Product(b, x), 1);
        }
        return tall ? Transposed(x) : x;
    }

    private static double[,] Product(double[,] left, double[,] right)
    {
        var result = new double[left.GetLength(0), right.GetLength(1)];
        for (int row = 0; row < left.GetLength(0); row++)
        {
            for (int column = 0; column < right.GetLength(1); column++)
                result[row, column] = Enumerable.Range(0, left.GetLength(1)).Sum(k => left[row, k] * right[k, column]);
        }
        return result;
    }

    private static double[,] Sum(double[,] first, double firstFactor, double[,] second, double secondFactor)
    {
        var result = new double[first.GetLength(0), first.GetLength(1)];
        for (int row = 0; row < first.GetLength(0); row++)
        {
            for (int column = 0; column < first.GetLength(1); column++)
                result[row, column] = first[row, column] * firstFactor + second[row, column] * secondFactor;
        }
        return result;
    }

    private static double[,] Transposed(double[,] matrix)
    {
        var result = new double[matrix.GetLength(1), matrix.GetLength(0)];
        for (int row = 0; row < matrix.GetLength(0); row++)
        {
            for (int column = 0; column < matrix.GetLength(1); column++)
                result[column, row] = matrix[row, column];
        }
        return result;
    }

    private static double[,] Random(Random random, int rows, int columns)
    {
        var result = new double[rows, columns];
        for (int cell = 0; cell < rows * columns; cell++)
            result[cell / columns, cell % columns] = (float)(2 * random.NextDouble() - 1);
        return result;
    }

    private static Tensor Of(double[,] values)
        => tensor([.. values.Cast<double>().Select(v => (float)v)], [values.GetLength(0), values.GetLength(1)]);
}
