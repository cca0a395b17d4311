using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Adapters;

public class WeightDistanceTests
{
    private const string Module = "encoder.layer.1.attention.self.query";

    [Fact]
    public void It_is_the_norm_of_the_change_that_the_report_tells()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new DeLoRAMethod { Rank = 2 });
        using var distance = new WeightDistance(adapters, Module);
        Assert.Equal(0, distance.Measure());
        adapters.Adapters.Single(a => a.Module == Module).Parameters[0].CopyFrom(eye(2, 16));
        Assert.NotEqual(0, distance.Measure()!.Value);
        Assert.Equal(AdapterReport.Create(adapters).Modules.Single(m => m.Module == Module).ChangeNorm, distance.Measure()!.Value, 1e-9);
        Assert.InRange(distance.Measure()!.Value, 0, distance.Bound()!.Value);
    }

    [Fact]
    public void A_weight_that_trains_itself_is_compared_with_its_start()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new FullFineTuningMethod());
        using var distance = new WeightDistance(adapters, Module);
        AdaptableLinear layer = model.Encoder.Linears.Single(l => l.Name == Module);
        using Tensor moved = layer.Weight.Value.detach().Plus(0.5);
        layer.Weight.CopyFrom(moved);
        Assert.Equal(0.5 * 16, distance.Measure()!.Value, 1e-5);
        Assert.Null(distance.Bound());
    }

    [Fact]
    public void A_method_that_leaves_the_weight_alone_has_none_and_another_module_is_refused()
    {
        using SequenceClassifier model = TinyModel.Create();
        using AdapterSet adapters = AdapterSet.Attach(model.Encoder, new BottleneckMethod());
        using var distance = new WeightDistance(adapters, Module);
        Assert.Null(distance.Measure());
        Assert.Contains("encoder.layer.0.attention.self.query",
            Assert.Throws<ArgumentException>(() => new WeightDistance(adapters, "query")).Message);
    }
}
