using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Training.Runs;

/// <summary>
/// One run that uses all that a checkpoint has to bring back: dropout, accumulated batches, evaluations, a best one before the end.
/// </summary>
internal static class SmallRun
{
    public static TrainingOptions Options { get; } = new()
    {
        Epochs = 4,
        BatchSize = 4,
        GradientAccumulationSteps = 2,
        LearningRate = 5e-2,
        Schedule = new ConstantSchedule(),
        MaxGradientNorm = 1,
        EvaluateEverySteps = 4,
        Seed = 3,
    };

    /// <summary>Trains; gives the bits of the weights that the model ends with.</summary>
    public static (TrainingResult Result, byte[] Weights) Train(
        TrainingOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default,
            TrainingData? training = null)
    {
        using var setup = new TrainingSetup(dropout: 0.1);
        TrainingResult result = setup.Train(options, training ?? Tasks.Classes(42), Tasks.Classes(20, seed: 2), progress, cancellation);
        return (result, Bits(setup));
    }

    public static byte[] Bits(TrainingSetup setup)
        => [.. setup.TrainedValues().SelectMany(v => MemoryMarshal.AsBytes(v.AsSpan()).ToArray())];
}
