using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// How to train. The defaults suit DeLoRA on some thousand rows; the paper's own values per GLUE task are in its table 9.
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training rows; default 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Rows of one forward pass; default 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Batches whose gradients make one step; default 1. The step's loss is the mean over all their rows.</summary>
    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Peak learning rate of the adapters; default 3e-3.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Peak learning rate of strengths such as DeLoRA's lambdas; null (default): <see cref="LearningRate"/>.</summary>
    public double? LambdaLearningRate { get; init; }

    /// <summary>Peak learning rate of the head; null (default): <see cref="LearningRate"/>.</summary>
    public double? HeadLearningRate { get; init; }

    /// <summary>Decoupled weight decay of matrices; default 0.01. Biases and LayerNorm parameters have none.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Decoupled weight decay of strengths; default 0 (the authors' script: 0.01).</summary>
    public double LambdaWeightDecay { get; init; }

    /// <summary>Decay of AdamW's first moment, at least 0 and below 1; default 0.9, as in PyTorch.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of AdamW's second moment, at least 0 and below 1; default 0.999, as in PyTorch.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>What AdamW adds to the root of the second moment, above 0 and at most 1e30; default 1e-8, as in PyTorch.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The share of all steps over which the learning rate rises from 0; default 0.06.</summary>
    public double WarmupRatio { get; init; } = 0.06;

    /// <summary>
    /// The number of these steps, at most those of the run, in place of <see cref="WarmupRatio"/>; null (default): that counts.
    /// </summary>
    public int? WarmupSteps { get; init; }

    /// <summary>How the learning rate runs after the warm-up; default a straight line down to 0.</summary>
    public LearningRateSchedule Schedule { get; init; } = new LinearSchedule();

    /// <summary>
    /// Gradients of a larger global norm are scaled down to it; null (default): never. AdamW divides by the gradient's own size, so a large
    /// one moves no parameter further than a small one, and an adapter like DeLoRA cannot leave its bound; a norm that is not finite skips
    /// the step in either case. What clipping changes is how much one odd batch weighs in the moments. Hugging Face's Trainer clips to 1
    /// unless told otherwise: set 1 to repeat its runs.
    /// </summary>
    public double? MaxGradientNorm { get; init; }

    /// <summary>
    /// Seed of initial values, order of rows, dropout, and of the rows that are held back; equal seeds give bit-equal models on one
    /// machine. Null (default): in ML.NET drawn from the MLContext's own seed when the estimator is made, elsewhere 0.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>The seed that counts where there is no MLContext.</summary>
    internal int SeedOrZero => Seed ?? 0;

    /// <summary>
    /// Evaluates the validation set also after every so many steps, and may keep such a state as the best one; null (default): after each
    /// epoch only.
    /// </summary>
    public int? EvaluateEverySteps { get; init; }

    /// <summary>Ends the run when the validation metric no longer gets better; null (default): all epochs are run.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>
    /// How much the rows of each class count in the training loss; null (default): all the same. Validation figures are never weighted.
    /// </summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>
    /// The share of each target that is spread over all classes, from 0 to below 1; default 0. Not together with <see cref="FocalGamma"/>.
    /// </summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Exponent of focal loss, from 0 to 1000 (Lin et al. 2017: 2); null (default): cross-entropy.</summary>
    public double? FocalGamma { get; init; }

    /// <summary>Checkpoints from which a stopped run goes on; null (default): none.</summary>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <summary>Says which option is out of range.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it, what was found and what is allowed.</exception>
    public void Validate()
    {
        Require(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        Require(GradientAccumulationSteps >= 1, nameof(GradientAccumulationSteps), GradientAccumulationSteps, "at least 1");
        RequireRate(LearningRate, nameof(LearningRate));
        RequireRate(LambdaLearningRate ?? 0, nameof(LambdaLearningRate));
        RequireRate(HeadLearningRate ?? 0, nameof(HeadLearningRate));
        RequireRate(WeightDecay, nameof(WeightDecay));
        RequireRate(LambdaWeightDecay, nameof(LambdaWeightDecay));
        Require(Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "at least 0 and below 1");
        Require(Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "at least 0 and below 1");
        Require(Epsilon is > 0 and <= 1e30, nameof(Epsilon), Epsilon, "a number above 0 and at most 1e30");
        Require(WarmupSteps is null or >= 0, nameof(WarmupSteps), WarmupSteps, "null or at least 0");
        Require(WarmupRatio is >= 0 and <= 1, nameof(WarmupRatio), WarmupRatio, "from 0 to 1");
        Require(Schedule is not null, nameof(Schedule), "null", "a schedule");
        Require(MaxGradientNorm is null or (> 0 and < double.PositiveInfinity), nameof(MaxGradientNorm), MaxGradientNorm,
            "null or a finite number above 0");
        Require(EvaluateEverySteps is null or >= 1, nameof(EvaluateEverySteps), EvaluateEverySteps, "null or at least 1");
        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "at least 0 and below 1");
        Require(FocalGamma is null or (>= 0 and <= 1000), nameof(FocalGamma), FocalGamma, "null or a number from 0 to 1000");
        Require(FocalGamma is null || LabelSmoothing == 0, nameof(FocalGamma), FocalGamma, $"null when there is {nameof(LabelSmoothing)}");
        EarlyStopping?.Validate();
        Checkpoints?.Validate();
    }

    /// <summary>The schedule's factor on the learning rates of a step, from 0.</summary>
    internal double RateFactor(int step, int totalSteps)
        => WarmupSteps is { } steps ? Schedule.FactorWith(step, totalSteps, steps) : Schedule.Factor(step, totalSteps, WarmupRatio);

    private static void RequireRate(double value, string name)
        => Require(value is >= 0 and < double.PositiveInfinity, name, value, "a finite number of at least 0");

    /// <summary>Throws unless the value of an option is one that it may have.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    internal static void Require([DoesNotReturnIf(false)] bool fine, string name, object? found, string allowed)
    {
        if (!fine)
            throw new ArgumentException($"{name} is {found}; it must be {allowed}.", name);
    }
}
