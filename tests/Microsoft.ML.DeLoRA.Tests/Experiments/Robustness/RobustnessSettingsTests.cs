using Microsoft.ML.DeLoRA.Experiments.Glue;
using Microsoft.ML.DeLoRA.Experiments.Robustness;
using Microsoft.ML.DeLoRA.Tests.Models;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Robustness;

public class RobustnessSettingsTests
{
    [Theory]
    [InlineData("delora", 6e-3, 1e-3)]
    [InlineData("ETHER+", 6e-3, null)]
    [InlineData("LoRA", 6e-4, null)]
    [InlineData("DoRA", 6e-4, null)]
    [InlineData("full", 2e-5, null)]
    [InlineData("MultiplicativeDeLoRA", 6e-3, 1e-3)]
    public void Base_rates_are_those_of_the_paper(string method, double rate, double? lambdaRate)
    {
        TrainingOptions training = RobustnessRuns.Settings(method).Base.Training;
        Assert.Equal((rate, lambdaRate), (training.LearningRate, training.LambdaLearningRate));
    }

    [Theory]
    [InlineData(RobustnessSweep.Both, 4 * 6e-3, 4 * 1e-3)]
    [InlineData(RobustnessSweep.Lambda, 6e-3, 4 * 1e-3)]
    [InlineData(RobustnessSweep.BA, 4 * 6e-3, 1e-3)]
    public void A_factor_multiplies_what_the_sweep_says_and_never_the_heads_rate(RobustnessSweep sweep, double rate, double lambdaRate)
    {
        RobustnessSettings settings = RobustnessRuns.Settings("DeLoRA") with { Factor = 4, Sweep = sweep };
        TrainingOptions training = settings.Run.Training;
        Assert.Equal((rate, lambdaRate, 6e-3), (training.LearningRate, training.LambdaLearningRate, training.HeadLearningRate));
        GlueSettings other = settings.Base with { Training = settings.Base.Training with { HeadLearningRate = 0.5 } };
        Assert.Equal(0.5, (settings with { Base = other }).Run.Training.HeadLearningRate);
    }

    [Fact]
    public void The_module_is_the_query_of_the_middle_layer()
    {
        Assert.Equal("encoder.layer.1.attention.self.query", RobustnessSettings.MiddleQuery(TinyBase.Configuration));
        Assert.Equal("encoder.layer.6.attention.self.query",
            RobustnessSettings.MiddleQuery(TinyBase.Configuration with { LayerCount = 12 }));
        Assert.Equal("encoder.layer.0.attention.self.query",
            RobustnessSettings.MiddleQuery(TinyBase.Configuration with { LayerCount = 1 }));
    }

    [Fact]
    public void What_cannot_be_swept_is_refused()
    {
        RobustnessSettings settings = RobustnessRuns.Settings("LoRA");
        settings.Validate();
        foreach (double factor in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            Assert.Contains("factor is", Assert.Throws<ArgumentException>((settings with { Factor = factor }).Validate).Message);
        Assert.Contains("LoRA has no strength",
            Assert.Throws<ArgumentException>((settings with { Sweep = RobustnessSweep.Lambda }).Validate).Message);
        Assert.Contains("no adapters", Assert.Throws<ArgumentException>(RobustnessRuns.Settings("none").Validate).Message);
        Assert.Throws<ArgumentException>((settings with { Base = settings.Base with { MaxRows = 0 } }).Validate);
    }
}
