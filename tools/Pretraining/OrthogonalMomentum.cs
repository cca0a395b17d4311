using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>
/// Momentum whose update is made orthogonal by a Newton-Schulz iteration (Muon: Jordan et al. 2024). For the matrices inside
/// the layers it needs far fewer tokens than AdamW, which counts when pretraining on a small machine.
/// </summary>
internal sealed class OrthogonalMomentum : IDisposable
{
    private const double Momentum = 0.95;
    private readonly Shape[] _shapes;

    public OrthogonalMomentum(IEnumerable<ModelParameter> matrices)
        => _shapes = [.. matrices.GroupBy(m => (m.Value.shape[0], m.Value.shape[1])).Select(g => new Shape([.. g]))];

    /// <summary>The momenta, for checkpoints: one tensor [matrices, rows, columns] for each shape of matrix.</summary>
    public IEnumerable<Tensor> State => _shapes.Select(s => s.Velocity);

    /// <summary>Moves the matrices against their gradients and clears these.</summary>
    /// <param name="learningRate">Size of the step: each update has elements of about 0.2 times this.</param>
    /// <param name="weightDecay">Decoupled decay.</param>
    public void Step(double learningRate, double weightDecay)
    {
        using IDisposable noGrad = no_grad();
        foreach (Shape shape in _shapes)
        {
            using var scope = NewDisposeScope();
            Tensor gradient = stack(shape.Matrices.Select(m => m.Value.grad!), 0);
            shape.Velocity.MultiplyInPlace(Momentum).AddInPlace(gradient);
            Tensor update = Orthogonalize(gradient.AddInPlace(shape.Velocity, Momentum));
            double scale = learningRate * 0.2 * Math.Sqrt(Math.Max(update.shape[1], update.shape[2]));
            for (int i = 0; i < shape.Matrices.Length; i++)
            {
                Tensor value = shape.Matrices[i].Value;
                value.MultiplyInPlace(1 - learningRate * weightDecay).AddInPlace(update.select(0, i), -scale);
                value.grad!.SetToZero();
            }
        }
    }

    public void Dispose()
    {
        foreach (Shape shape in _shapes)
            shape.Velocity.Dispose();
    }

    // Five steps of a quintic iteration that drives all singular values near 1.
    private static Tensor Orthogonalize(Tensor matrices)
    {
        bool tall = matrices.shape[1] > matrices.shape[2];
        Tensor x = tall ? matrices.transpose(1, 2) : matrices;
        x = x / x.Squared().sum([1L, 2L], keepdim: true).sqrt().Plus(1e-7);
        for (int i = 0; i < 5; i++)
        {
            Tensor a = bmm(x, x.transpose(1, 2));
            Tensor b = baddbmm(a, a, a, beta: -4.7750f, alpha: 2.0315f);
            x = baddbmm(b, x, x, beta: 3.4445f, alpha: 1);
        }
        return tall ? x.transpose(1, 2) : x;
    }

    private sealed class Shape(ModelParameter[] matrices)
    {
        public ModelParameter[] Matrices { get; } = matrices;

        public Tensor Velocity { get; } =
            zeros([matrices.Length, .. matrices[0].Value.shape], device: matrices[0].Value.device).DetachFromDisposeScope();
    }
}
