using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Glue;

public class GlueMethodsTests
{
    [Theory]
    [InlineData("mnli", 12, 1e-3, 3e-3, 32, 30, 0)]
    [InlineData("sst2", 12, 1e-3, 3e-3, 32, 30, 0.1)]
    [InlineData("mrpc", 4, 3e-2, 1e-2, 32, 40, 0.2)]
    [InlineData("cola", 4, 1e-2, 1e-2, 8, 80, 0.2)]
    [InlineData("qnli", 12, 3e-3, 3e-3, 32, 25, 0.25)]
    [InlineData("qqp", 12, 3e-3, 3e-3, 32, 25, 0.1)]
    [InlineData("rte", 4, 1e-2, 1e-2, 32, 80, 0)]
    [InlineData("stsb", 12, 1e-2, 1e-2, 8, 40, 0.2)]
    [InlineData("wnli", 4, 1e-2, 1e-2, 32, 80, 0)]
    public void DeLoRA_is_trained_as_table_9_says(string task, double lambda, double rate, double lambdaRate, int batch, int epochs,
        double dropout)
    {
        (AdapterMethod? adapter, TrainingOptions training) = GlueMethods.Create(GlueTasks.Find(task), "delora");
        var method = Assert.IsType<DeLoRAMethod>(adapter);
        Assert.Equal((8, lambda, dropout), (method.Rank, method.Lambda, method.Dropout));
        Assert.Equal(["query", "value"], method.TargetModules);
        Assert.Equal((rate, lambdaRate, batch, epochs),
            (training.LearningRate, training.LambdaLearningRate, training.BatchSize, training.Epochs));
        Assert.Equal((0.06, 0.01, 0.01), (training.WarmupRatio, training.WeightDecay, training.LambdaWeightDecay));
    }

    [Theory]
    [InlineData("LoRA", 6e-4)]
    [InlineData("DoRA", 6e-4)]
    [InlineData("ETHER+", 6e-3)]
    [InlineData("full", 2e-5)]
    public void Another_method_has_its_defaults_and_the_papers_base_rate(string method, double rate)
    {
        (AdapterMethod? adapter, TrainingOptions training) = GlueMethods.Create(GlueTasks.CoLA, method);
        Assert.Equal(AdapterMethodJson.Create(method).Name, adapter!.Name);
        Assert.Equal((rate, null, 8, 80), (training.LearningRate, training.LambdaLearningRate, training.BatchSize, training.Epochs));
    }

    [Fact]
    public void Every_method_can_be_set_up_and_none_is_the_head_only()
    {
        Assert.All(AdapterMethods.All, m => GlueMethods.Create(GlueTasks.Rte, m.Name).Training.Validate());
        Assert.Null(GlueMethods.Create(GlueTasks.Rte, "none").Adapter);
        Assert.Throws<ArgumentException>(() => GlueMethods.Create(GlueTasks.Rte, "LoRAX"));
        Assert.Throws<ArgumentException>(() => GlueTasks.Find("sst-5"));
    }
}
