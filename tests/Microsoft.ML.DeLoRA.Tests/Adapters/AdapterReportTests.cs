using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class AdapterReportTests
{
    [Fact]
    public void A_new_adapter_has_changed_nothing()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2 });
        var report = AdapterReport.Create(adapters);
        Assert.Equal(adapters.Adapters.Select(a => a.Module), report.Modules.Select(m => m.Module));
        Assert.All(report.Modules, m => Assert.Equal((0, 0, 0), (m.ChangeNorm, m.RelativeChange, m.EffectiveRank)));
    }

    [Fact]
    public void Norm_bound_and_rank_are_those_of_a_change_known_by_construction()
    {
        using var scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder,
            new DeLoRAMethod
            {
                Rank = 2, Lambda = 6, Initialization = DeLoRAInitialization.ZeroB, WeightScaling = DeLoRAWeightScaling.None,
                TargetModules = ["layer.0.attention.self.query"]
            });
        // Two orthogonal pairs of vectors: each contributes lambda / r = 3, so the norm is 3 sqrt(2), and both count equally.
        adapters.Adapters[0].Parameters[0].Value.copy_(eye(2, 16).Times(5));
        adapters.Adapters[0].Parameters[1].Value.copy_(eye(16, 2).Times(7));
        ModuleReport module = Assert.Single(AdapterReport.Create(adapters).Modules);
        Assert.Equal(3 * Math.Sqrt(2), module.ChangeNorm, 1e-5);
        Assert.Equal(6, module.ChangeBound!.Value, 1e-5);
        Assert.Equal(2, module.EffectiveRank, 1e-4);
        Assert.Equal(module.ChangeNorm / model.Encoder.Linears.First().Weight.Value.norm().Number(), module.RelativeChange, 1e-5);
        Assert.Contains("encoder.layer.0.attention.self.query", AdapterReport.Create(adapters).ToString());
    }

    [Fact]
    public void A_merged_set_cannot_be_measured()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2 });
        adapters.Merge();
        Assert.Throws<InvalidOperationException>(() => AdapterReport.Create(adapters));
    }

    [Fact]
    public void Parameters_are_counted_and_written_as_PEFT_does()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2, Bias = BiasTraining.AdaptedLayers });
        long encoder = model.Encoder.Parameters.Sum(p => p.Value.numel());
        const long head = (16 * 16) + 16 + (3 * 16) + 3;
        const long added = 4 * ((2 * (16 + 16)) + 1);
        TrainableParameters count = TrainableParameters.Count(model, adapters);
        Assert.Equal(new TrainableParameters(head + added + (4 * 16), encoder + head + added), count);
        Assert.Equal("trainable params: 887,042 || all params: 125,534,212 || trainable%: 0.7066",
            new TrainableParameters(887_042, 125_534_212).ToString());
        Assert.Equal(head, TrainableParameters.Count(model, null).Trainable);
    }
}
