using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>
/// Initial token embeddings from the corpus: the leading singular vectors of the positive pointwise mutual information of
/// tokens that occur near each other (Levy, Goldberg, Dagan 2015), found by randomised subspace iteration (Halko et al. 2011).
/// </summary>
internal static class EmbeddingInitializer
{
    private const int Window = 5;
    private const int Oversampling = 32;
    private const int Iterations = 4;
    private const double ContextSmoothing = 0.75;

    /// <returns>
    /// [vocabulary, width], elements with mean square <paramref name="deviation"/> squared; rows of unseen tokens are small random numbers.
    /// </returns>
    public static Tensor Create(IReadOnlyList<ushort[]> files, int vocabulary, int width, double deviation, int seed)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor association = PositiveMutualInformation(CoOccurrences(files, vocabulary));
        using var generator = new Generator(unchecked((ulong)seed), CPU);
        Tensor basis = empty([vocabulary, width + Oversampling]).normal_(0, 1, generator);
        for (int i = 0; i < Iterations; i++)
            (basis, _) = linalg.qr(matmul(association, basis));
        (Tensor inner, Tensor values, _) = linalg.svd(matmul(matmul(basis.t(), association), basis), fullMatrices: false);
        Tensor vectors = matmul(basis, inner).narrow(1, 0, width) * values.narrow(0, 0, width).sqrt();

        Tensor norms = vectors.Squared().mean([1L], keepdim: true).sqrt();
        Tensor noise = empty([vocabulary, width]).normal_(0, deviation, generator);
        return where(norms.GreaterThan(1e-6), (vectors / norms.AtLeast(1e-6)).Times(deviation), noise).MoveToOuterDisposeScope();
    }

    // Nearer neighbours count more: 1 / distance.
    private static float[] CoOccurrences(IReadOnlyList<ushort[]> files, int vocabulary)
    {
        var counts = new float[(long)vocabulary * vocabulary];
        foreach (ushort[] tokens in files)
        {
            for (int i = 0; i < tokens.Length; i++)
            {
                long row = (long)tokens[i] * vocabulary;
                int last = Math.Min(tokens.Length - 1, i + Window);
                for (int j = i + 1; j <= last; j++)
                    counts[row + tokens[j]] += 1f / (j - i);
            }
        }
        return counts;
    }

    private static Tensor PositiveMutualInformation(float[] counts)
    {
        long vocabulary = (long)Math.Sqrt(counts.LongLength);
        Tensor oneSided = tensor(counts, [vocabulary, vocabulary]);
        Tensor both = oneSided.Plus(oneSided.t());
        Tensor token = both.sum(1, keepdim: true).AtLeast(1e-3);
        Tensor context = token.Power(ContextSmoothing);
        context = context / context.sum();
        return (both / token / context.t()).AtLeast(1).log();
    }
}
