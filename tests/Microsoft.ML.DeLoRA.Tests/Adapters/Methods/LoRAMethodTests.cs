using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class LoRAMethodTests
{
    [Fact]
    public void Rank_and_alpha_of_a_layer_make_its_scale()
    {
        Assert.Equal(2, Scale(new LoRAMethod { Rank = 4 }, 0), 1e-6);
        Assert.Equal(4, Scale(new LoRAMethod { Rank = 4, RankStabilized = true }, 0), 1e-6);
        var patterns = new LoRAMethod
        {
            Rank = 4,
            RankPattern = new Dictionary<string, int> { ["value"] = 16 },
            AlphaPattern = new Dictionary<string, double> { ["layer.1.attention.self.value"] = 48 },
        };
        Assert.Equal(2, Scale(patterns, 0), 1e-6);
        Assert.Equal(0.5, Scale(patterns, 1), 1e-6);
        Assert.Equal(3, Scale(patterns, 3), 1e-6);
        Assert.Equal(12, Scale(patterns with { RankStabilized = true }, 3), 1e-6);
    }

    [Fact]
    public void PiSSA_starts_from_the_largest_singular_values()
    {
        using var scope = NewDisposeScope();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder,
            new LoRAMethod { Rank = 5, Alpha = 3, Initialization = LoRAInitialization.PiSSA, TargetModules = ["all-linear"] });
        foreach (LinearAdapter adapter in adapters.Adapters)
        {
            Tensor weight = adapter.Layer.Weight.Value;
            (Tensor a, Tensor b) = (adapter.Parameters[0].Value.detach(), adapter.Parameters[1].Value.detach());
            Tensor rest = weight - b.mm(a).Times(3.0 / 5);
            Tensor singularValues = linalg.svdvals(weight);
            // Eckart-Young: no matrix of rank 5 is nearer to W.
            double nearest = singularValues.narrow(0, 5, singularValues.shape[0] - 5).norm().Number();
            Assert.Equal(nearest, rest.norm().Number(), 1e-5);
            Assert.Equal(a.norm(1).ToArray(), b.norm(0).ToArray(), (x, y) => Math.Abs(x - y) < 1e-5);
        }
    }

    [Fact]
    public void PiSSA_saves_its_start_so_that_it_loads_onto_other_weights()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new LoRAMethod { Initialization = LoRAInitialization.PiSSA });
        string[] names = [.. adapters.Tensors().Keys.Select(k => k[(k.IndexOf("query.") + 6)..]).Take(4)];
        Assert.Equal(["lora_A.weight", "lora_B.weight", "pissa_A", "pissa_B"], names);
    }

    [Fact]
    public void A_Gaussian_start_deviates_by_one_over_the_rank()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 16, Initialization = LoRAInitialization.Gaussian });
        float[] values = [.. adapters.Adapters.SelectMany(a => a.Parameters[0].Value.ToArray())];
        // The deviation of 1,024 normal numbers is within 2.2 % (one sigma) of theirs.
        Assert.InRange(MathF.Sqrt(values.Average(v => v * v)) * 16, 0.9f, 1.1f);
        Assert.InRange(values.Max() * 16, 2, 6);
    }

    [Fact]
    public void A_random_start_has_both_matrices_within_the_root_of_their_widths()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new LoRAMethod { Rank = 4, Initialization = LoRAInitialization.Random });
        Assert.InRange(adapters.Adapters.SelectMany(a => a.Parameters[0].Value.ToArray()).Max(), 0.9f / 4, 1f / 4);
        Assert.InRange(adapters.Adapters.SelectMany(a => a.Parameters[1].Value.ToArray()).Max(), 0.9f / 2, 1f / 2);
    }

    [Fact]
    public void LoRA_plus_gives_B_a_learning_rate_of_its_own()
    {
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, new LoRAMethod { LearningRateRatio = 16 });
        Assert.All(adapters.Parameters, p => Assert.Equal(p.Name.Contains("lora_B") ? 16 : 1, p.LearningRateFactor));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        foreach (LoRAMethod wrong in new[]
        {
            new LoRAMethod { Alpha = 0 }, new LoRAMethod { Alpha = double.NaN }, new LoRAMethod { Alpha = double.PositiveInfinity },
            new LoRAMethod { AlphaPattern = new Dictionary<string, double> { ["value"] = -1 } }, new LoRAMethod { Dropout = 1 },
            new LoRAMethod { Rank = 17 },
            new LoRAMethod { LearningRateRatio = 0 }, new LoRAMethod { LearningRateRatio = double.NaN },
            new LoRAMethod { Initialization = (LoRAInitialization)9 },
        })
            Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, wrong));
    }

    // The change of a module over B A, with one element in each.
    private static double Scale(LoRAMethod method, int module)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using var adapters = AdapterSet.Attach(model.Encoder, method);
        var adapter = (LinearAdapter)adapters.Adapters[module];
        foreach (ModelParameter matrix in adapter.Parameters)
        {
            matrix.Value.SetToZero();
            matrix.Value[0, 0] = 1;
        }
        return (adapter.MergedWeight() - adapter.Layer.Weight.Value).ToArray()[0];
    }
}
