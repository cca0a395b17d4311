namespace Microsoft.ML.DeLoRA.Tests.Training;

public class TrainingOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => new TrainingOptions().Validate();

    public static TheoryData<string, TrainingOptions> Wrong() => new()
    {
        { nameof(TrainingOptions.Epochs), new() { Epochs = 0 } },
        { nameof(TrainingOptions.BatchSize), new() { BatchSize = -1 } },
        { nameof(TrainingOptions.GradientAccumulationSteps), new() { GradientAccumulationSteps = 0 } },
        { nameof(TrainingOptions.LearningRate), new() { LearningRate = double.NaN } },
        { nameof(TrainingOptions.LambdaLearningRate), new() { LambdaLearningRate = -1 } },
        { nameof(TrainingOptions.HeadLearningRate), new() { HeadLearningRate = double.PositiveInfinity } },
        { nameof(TrainingOptions.WeightDecay), new() { WeightDecay = -0.1 } },
        { nameof(TrainingOptions.LambdaWeightDecay), new() { LambdaWeightDecay = double.NaN } },
        { nameof(TrainingOptions.WarmupRatio), new() { WarmupRatio = 1.1 } },
        { nameof(TrainingOptions.WarmupSteps), new() { WarmupSteps = -1 } },
        { nameof(TrainingOptions.Beta1), new() { Beta1 = 1 } },
        { nameof(TrainingOptions.Beta2), new() { Beta2 = double.NaN } },
        { nameof(TrainingOptions.Epsilon), new() { Epsilon = 0 } },
        { nameof(TrainingOptions.Schedule), new() { Schedule = null! } },
        { nameof(TrainingOptions.MaxGradientNorm), new() { MaxGradientNorm = 0 } },
        { nameof(TrainingOptions.EvaluateEverySteps), new() { EvaluateEverySteps = 0 } },
        { nameof(TrainingOptions.LabelSmoothing), new() { LabelSmoothing = double.NaN } },
        { nameof(TrainingOptions.FocalGamma), new() { FocalGamma = -1 } },
        { "EarlyStopping.Patience", new() { EarlyStopping = new() { Patience = 0 } } },
        { "EarlyStopping.MinDelta", new() { EarlyStopping = new() { MinDelta = -0.1 } } },
        { "Checkpoints.Directory", new() { Checkpoints = new() { Directory = " " } } },
        { "Checkpoints.EverySteps", new() { Checkpoints = new() { Directory = "x", EverySteps = 0 } } },
        { "Checkpoints.Every", new() { Checkpoints = new() { Directory = "x", Every = TimeSpan.Zero } } },
        { "Checkpoints.Keep", new() { Checkpoints = new() { Directory = "x", Keep = 0 } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_option_out_of_range_is_named(string name, TrainingOptions options)
        => Assert.StartsWith($"{name} is ", Assert.Throws<ArgumentException>(name, options.Validate).Message);
}
