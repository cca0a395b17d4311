using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

/// <summary>What the transforms of ETHER, ETHER+, OFT, BOFT and HRA are, seen on a layer whose weight is the identity.</summary>
public class OrthogonalMethodTests
{
    private const int Width = 24;

    private static readonly Dictionary<string, LinearAdapterMethod> _orthogonal = new()
    {
        ["ETHER, one block"] = new ETHERMethod { Blocks = 1 },
        ["ETHER, six blocks"] = new ETHERMethod { Blocks = 6 },
        ["OFT, exact"] = new OFTMethod { BlockSize = 8, CayleyNeumann = false },
        ["OFT, exact, shared"] = new OFTMethod { BlockSize = 3, CayleyNeumann = false, BlockShare = true },
        ["BOFT, one factor"] = new BOFTMethod { BlockSize = 3 },
        ["BOFT, three factors"] = new BOFTMethod { BlockSize = 2, ButterflyFactors = 3 },
        ["HRA, pairs"] = new HRAMethod { Rank = 24 },
        ["HRA, odd"] = new HRAMethod { Rank = 7 },
        ["HRA, Gram-Schmidt"] = new HRAMethod { Rank = 10, GramSchmidt = true },
    };

    public static TheoryData<string> Orthogonal => [.. _orthogonal.Keys];

    [Theory]
    [MemberData(nameof(Orthogonal))]
    public void The_transform_is_orthogonal_wherever_training_leads(string name)
    {
        using var scope = NewDisposeScope();
        foreach (double deviation in new[] { 1e-3, 1, 30 })
        {
            Tensor transform = Transform(_orthogonal[name], deviation);
            // float32 by 24 columns; the inverse of I + S loses digits as S grows.
            Assert.InRange((transform.mm(transform.t()) - eye(Width)).abs().max().Number(), 0, 2e-5);
        }
    }

    [Fact]
    public void The_Neumann_series_is_nearly_orthogonal_for_small_rotations()
    {
        using var scope = NewDisposeScope();
        Tensor transform = Transform(new OFTMethod { BlockSize = 8 }, 0.02);
        // The terms left out begin with S^5, the norm of S being about 0.02 * 2 * sqrt(8); with S alone it would be 2e-2.
        Assert.InRange((transform.mm(transform.t()) - eye(Width)).abs().max().Number(), 0, 1e-4);
        Assert.InRange((transform - eye(Width)).abs().max().Number(), 0.02, 1);
    }

    [Theory]
    [InlineData(2, new float[] { 1, 2 })]
    [InlineData(3, new float[] { 1, 2, 2, 1 })]
    [InlineData(4, new float[] { 1, 2, 2, 1 })]
    [InlineData(6, new float[] { 1, 2, 2, 2, 2, 1 })]
    public void The_Neumann_series_has_the_coefficients_of_PEFT(int terms, float[] coefficients)
    {
        using var scope = NewDisposeScope();
        Tensor sum = Cayley.Series(full([1, 1, 1], 10f), terms);
        double expected = coefficients.Select((c, power) => c * Math.Pow(10, power)).Sum();
        Assert.Equal(expected, sum.Number(), 1e-6 * expected);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1)]
    [InlineData(1e3)]
    public void ETHER_is_at_distance_2_per_block(double deviation)
    {
        using var scope = NewDisposeScope();
        Tensor transform = Transform(new ETHERMethod { Blocks = 3 }, deviation);
        Assert.All(Distances(transform, 3), d => Assert.Equal(2, d, 1e-5));
        Assert.Equal(2 * Math.Sqrt(3), (transform - eye(Width)).norm().Number(), 1e-5);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1)]
    [InlineData(1e3)]
    public void ETHER_plus_is_at_most_at_distance_2_per_block(double deviation)
    {
        using var scope = NewDisposeScope();
        Tensor transform = Transform(new ETHERPlusMethod { Blocks = 3, OneSided = true }, deviation);
        Assert.All(Distances(transform, 3), d => Assert.InRange(d, 1e-3, 2));
        Assert.Equal(0, (transform - transform.t()).abs().max().Number(), 1e-6);
    }

    [Fact]
    public void ETHER_plus_transforms_each_side_by_its_own_vectors()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(2);
        using var layer = new AdaptableLinear("layer", randn(6, 4, generator: generator), randn(6, generator: generator));
        using LinearAdapter adapter = new ETHERPlusMethod { Blocks = 2 }.Create(layer, generator);
        foreach (ModelParameter vectors in adapter.Parameters)
            vectors.Value.normal_(0, 1, generator);
        Tensor expected = Side("ether_u", "ether_v").mm(layer.Weight.Value).mm(Side("ether_u_in", "ether_v_in"));
        Assert.Equal(0, (adapter.MergedWeight() - expected).abs().max().Number(), 1e-5);

        Tensor Side(string u, string v)
        {
            (Tensor first, Tensor second) = (Value(u), Value(v));
            Tensor side = eye(first.numel());
            for (int block = 0; block < 2; block++)
            {
                Tensor within = side.narrow(0, block * first.shape[1], first.shape[1]).narrow(1, block * first.shape[1], first.shape[1]);
                within.AddInPlace(Projection(second[block]) - Projection(first[block]));
            }
            return side;
        }

        static Tensor Projection(Tensor vector) => outer(vector, vector) / vector.Squared().sum();

        Tensor Value(string name) => adapter.Parameters.Single(p => p.Name == "layer." + name).Value;
    }

    [Fact]
    public void The_factors_of_BOFT_are_block_diagonal_between_permutations()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(3);
        using var layer = new AdaptableLinear("layer", eye(Width), zeros(Width));
        using LinearAdapter adapter = new BOFTMethod { BlockSize = 2, ButterflyFactors = 3 }.Create(layer, generator);
        Tensor blocks = adapter.Parameters[0].Value.normal_(0, 1, generator);
        Tensor expected = eye(Width);
        for (int level = 0; level < 3; level++)
        {
            Tensor diagonal = zeros(Width, Width);
            for (int block = 0; block < Width / 2; block++)
            {
                Tensor skew = (blocks[level][block] - blocks[level][block].t()).Times(0.5);
                diagonal.narrow(0, 2 * block, 2).narrow(1, 2 * block, 2).copy_((eye(2) - skew).mm(linalg.inv(eye(2).Plus(skew))));
            }
            // Within each stretch of 2 * 2^level elements the even ones first, then the odd ones.
            int stretch = 2 << level;
            Tensor permutation = zeros(Width, Width);
            for (int i = 0; i < Width; i++)
            {
                int within = i % stretch;
                permutation[i, i - within + (within < stretch / 2 ? 2 * within : 2 * within - stretch + 1)] = 1f;
            }
            expected = permutation.mm(diagonal).mm(permutation.t()).mm(expected);
        }
        Assert.Equal(0, (adapter.MergedWeight() - expected.t()).abs().max().Number(), 1e-5);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(5)]
    public void HRA_is_the_product_of_its_reflections_in_order(int rank)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(5);
        using var layer = new AdaptableLinear("layer", eye(Width), zeros(Width));
        using LinearAdapter adapter = new HRAMethod { Rank = rank }.Create(layer, generator);
        Tensor u = adapter.Parameters[0].Value.normal_(0, 1, generator);
        Tensor expected = eye(Width);
        for (int i = 0; i < rank; i++)
        {
            Tensor column = u.narrow(1, i, 1);
            expected -= expected.mm(column).Times(2).mm(column.t()) / column.Squared().sum();
        }
        Assert.Equal(0, (adapter.MergedWeight() - expected).abs().max().Number(), 1e-5);
    }

    [Fact]
    public void HRA_with_Gram_Schmidt_reflects_every_direction_of_U()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(5);
        using var layer = new AdaptableLinear("layer", eye(Width), zeros(Width));
        using LinearAdapter adapter = new HRAMethod { Rank = 4, GramSchmidt = true }.Create(layer, generator);
        Tensor u = adapter.Parameters[0].Value;
        Assert.Equal(0, adapter.MergedWeight().mm(u).Plus(u).abs().max().Number(), 1e-5);
    }

    [Theory]
    [InlineData(false, true, 4, true)]
    [InlineData(false, true, 3, false)]
    [InlineData(false, false, 4, false)]
    [InlineData(true, true, 4, false)]
    public void HRA_starts_with_pairs_where_it_can(bool gramSchmidt, bool symmetric, int rank, bool pairs)
    {
        using SequenceClassifier model = TinyModel.Create();
        var method = new HRAMethod { Rank = rank, GramSchmidt = gramSchmidt, SymmetricInitialization = symmetric };
        using var adapters = AdapterSet.Attach(model.Encoder, method);
        Tensor u = adapters.Adapters[0].Parameters[0].Value;
        using Tensor first = u.narrow(1, 0, 1);
        using Tensor second = u.narrow(1, 1, 1);
        Assert.Equal(pairs, method.StartsAsBase);
        Assert.Equal(pairs, first.ToArray().SequenceEqual(second.ToArray()));
    }

    [Fact]
    public void A_rotated_input_gets_the_whole_gradient_with_and_without_trained_biases()
    {
        foreach (bool trained in new[] { false, true })
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(7);
            using var layer = new AdaptableLinear("layer", randn(5, 4, generator: generator), randn(5, generator: generator));
            layer.Bias.Trainable = trained;
            using LinearAdapter adapter = new OFTMethod { BlockSize = 4, CayleyNeumann = false }.Create(layer, generator);
            using (no_grad())
                adapter.Parameters[0].Value.normal_(0, 1, generator);
            layer.Adapter = adapter;
            Tensor x = randn(3, 4, generator: generator);
            x.requires_grad = true;
            Tensor g = randn(3, 5, generator: generator);
            (layer.Forward(x, ComputePrecision.Float32, ForwardContext.WithoutBatch()) * g).sum().backward();
            Assert.Equal(0, (x.grad! - g.mm(adapter.MergedWeight())).abs().max().Number(), 1e-5);
            Assert.Equal(trained, layer.Bias.Value.grad is not null);
            if (trained)
                Assert.Equal(0, (layer.Bias.Value.grad! - g.sum([0L])).abs().max().Number(), 1e-5);
        }
    }

    public static TheoryData<string, string> Wrong => new()
    {
        { "ETHER, 5 blocks", "output width 24" },
        { "ETHER, 0 blocks", "1, 2, 3, 4, 6, 8, 12, 24" },
        { "ETHER+, 3 blocks", "input width 16" },
        { "OFT, size 5", "2, 4, 8, 16" },
        { "OFT, size 1", "2, 4, 8, 16" },
        { "OFT, 1 term", "at least 2" },
        { "BOFT, size 32", "input width 16" },
        { "BOFT, 4 factors", "from 1 to 3 factors" },
        { "BOFT, 0 factors", "at least 1" },
        { "HRA, rank 17", "from 1 to 16" },
        { "HRA, rank 0", "from 1 to 16" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_does_not_fit_is_refused_with_what_does(string what, string expected)
    {
        LinearAdapterMethod method = what switch
        {
            "ETHER, 5 blocks" => new ETHERMethod { Blocks = 5 },
            "ETHER, 0 blocks" => new ETHERMethod { Blocks = 0 },
            "ETHER+, 3 blocks" => new ETHERPlusMethod { Blocks = 3 },
            "OFT, size 5" => new OFTMethod { BlockSize = 5 },
            "OFT, size 1" => new OFTMethod { BlockSize = 1 },
            "OFT, 1 term" => new OFTMethod { BlockSize = 4, CayleyNeumannTerms = 1 },
            "BOFT, size 32" => new BOFTMethod { BlockSize = 32 },
            "BOFT, 4 factors" => new BOFTMethod { BlockSize = 4, ButterflyFactors = 4 },
            "BOFT, 0 factors" => new BOFTMethod { ButterflyFactors = 0 },
            "HRA, rank 17" => new HRAMethod { Rank = 17 },
            _ => new HRAMethod { Rank = 0 },
        };
        using SequenceClassifier model = TinyModel.Create();
        method = method with { TargetModules = ["intermediate.dense"] };
        string message = Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, method)).Message;
        Assert.StartsWith(method.Name + ":", message);
        Assert.Contains(expected, message);
    }

    // What the method makes of an identity, after its parameters have gone anywhere (but BOFT's scale, which is no rotation).
    private static Tensor Transform(LinearAdapterMethod method, double deviation)
    {
        using IDisposable noGrad = no_grad();
        using var generator = new Generator(11);
        using var layer = new AdaptableLinear("layer", eye(Width), zeros(Width));
        using LinearAdapter adapter = method.Create(layer, generator);
        foreach (ModelParameter parameter in adapter.Parameters.Where(p => !p.Name.EndsWith("boft_s")))
            parameter.Value.normal_(0, deviation, generator);
        return adapter.MergedWeight();
    }

    private static IEnumerable<double> Distances(Tensor transform, int blocks)
    {
        Tensor change = transform - eye(Width);
        int size = Width / blocks;
        return [.. Enumerable.Range(0, blocks).Select(b => change.narrow(0, b * size, size).narrow(1, b * size, size).norm().Number())];
    }
}
