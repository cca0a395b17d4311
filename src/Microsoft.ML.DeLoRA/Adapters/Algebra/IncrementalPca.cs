using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Algebra;

/// <summary>
/// The directions in which rows vary most, kept up to date batch by batch (Ross, Lim, Lin, Yang 2008): what is kept of the rows before
/// stands beside the new ones as k rows of its own. The decomposition is a randomised one with twice as many directions, as PEFT makes it.
/// </summary>
/// <param name="components">k: directions to keep.</param>
internal sealed class IncrementalPca(int components) : IDisposable
{
    private const int Seed = 42;
    private const int Iterations = 4;

    private Tensor? _singularValues;
    private Tensor? _mean;
    private double _rows;
    private double _spread;

    /// <summary>[k, in], orthonormal, those with most variance first; null before the first batch.</summary>
    public Tensor? Components { get; private set; }

    /// <summary>The share of all variance that lies in each direction.</summary>
    public double[] Shares { get; private set; } = [];

    /// <summary>The cosine of each direction with what it was before the last batch; 0 after the first.</summary>
    public double[] Similarities { get; private set; } = new double[components];

    /// <summary>Takes rows, [rows, in]; fewer than k are passed over.</summary>
    public void Add(Tensor rows)
    {
        long count = rows.shape[0];
        if (count < components)
            return;
        using var scope = NewDisposeScope();
        Tensor mean = rows.mean([0]);
        Tensor stacked = rows - mean;
        double spread = stacked.to_type(float64).Squared().sum().Number();
        mean = mean.to_type(float64);
        if (Components is not null)
        {
            Tensor shift = _mean! - mean;
            double weight = _rows * count / (_rows + count);
            spread += weight * shift.Squared().sum().Number();
            // In double precision from here on, since the mean is: as in PEFT, whose random start depends on it.
            stacked = cat([Components * _singularValues!.unsqueeze(1), stacked, shift.Times(Math.Sqrt(weight)).unsqueeze(0)], 0);
        }
        (Tensor singularValues, Tensor directions) = Decompose(stacked);
        if (Components is not null)
            Similarities = [.. nn.functional.cosine_similarity(directions, Components, 1).to_type(float64).cpu().data<double>()];
        Keep(directions, singularValues, _mean is null ? mean : (_mean.Times(_rows).Plus(mean, count)).DividedBy(_rows + count));
        _rows += count;
        _spread += spread;
        Shares = [.. singularValues.to_type(float64).Squared().DividedBy(_spread).cpu().data<double>()];
    }

    public void Dispose()
    {
        Components?.Dispose();
        _singularValues?.Dispose();
        _mean?.Dispose();
    }

    // Halko, Martinsson, Tropp 2011, algorithms 4.4 and 5.1, on the rows' space.
    private (Tensor SingularValues, Tensor Directions) Decompose(Tensor rows)
    {
        using var generator = new Generator(Seed, CPU);
        long wide = Math.Min(2L * components, Math.Min(rows.shape[0], rows.shape[1]));
        Tensor start = empty([rows.shape[0], wide], rows.dtype).normal_(0, 1, generator).to(rows.device);
        Tensor basis = Orthonormal(rows.t().matmul(start));
        for (int i = 0; i < Iterations; i++)
            basis = Orthonormal(rows.t().matmul(Orthonormal(rows.matmul(basis))));
        (_, Tensor singularValues, Tensor inBasis) = linalg.svd(rows.matmul(basis), fullMatrices: false);
        Tensor directions = inBasis.narrow(0, 0, components).matmul(basis.t());
        // A direction has no sign of its own: the largest number of each is above 0.
        Tensor largest = directions.abs().argmax(1, keepdim: true);
        return (singularValues.narrow(0, 0, components), directions * directions.gather(1, largest).sign());
    }

    private static Tensor Orthonormal(Tensor columns)
    {
        (Tensor q, _) = linalg.qr(columns);
        return q;
    }

    private void Keep(Tensor directions, Tensor singularValues, Tensor mean)
    {
        Dispose();
        Components = directions.DetachFromDisposeScope();
        _singularValues = singularValues.DetachFromDisposeScope();
        _mean = mean.DetachFromDisposeScope();
    }
}
