using System.Runtime.InteropServices;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Tests.Training.Runs;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training;

public class OutOfMemoryTests
{
    private static readonly TrainingOptions _options = new() { Epochs = 3, BatchSize = 16, LearningRate = 1e-2, Seed = 5 };

    [Fact]
    public void The_error_of_libtorch_is_known_from_others()
    {
        Exception huge = Assert.ThrowsAny<Exception>(() => zeros(1L << 50));
        Assert.True(OutOfMemory.Is(huge), huge.Message);
        Exception shape = Assert.ThrowsAny<Exception>(() => zeros(2, 3).reshape(5));
        Assert.False(OutOfMemory.Is(shape), shape.Message);
        Assert.True(OutOfMemory.Is(new ExternalException("CUDA out of memory. Tried to allocate 20.00 MiB")));
        Assert.False(OutOfMemory.Is(new IOException("out of memory")));
    }

    [Fact]
    public void Batches_are_halved_until_they_fit_and_steps_stay_the_same()
    {
        using var small = new TrainingSetup();
        TrainingResult whole = small.Train(_options, Tasks.Classes(40));
        using var setup = new TrainingSetup();
        Limit(setup, tokens: 40);
        var messages = new List<string>();
        int steps = 0;
        TrainingResult result = setup.Train(_options, Tasks.Classes(40), progress: new ProgressCollector(p =>
        {
            steps = p.Step;
            messages.AddRange(p.Message is { } m ? m.Split(Environment.NewLine) : []);
        }));

        Assert.Equal(9, steps);
        Assert.Contains("Memory does not suffice for 16 rows at once: from step 1 on they are computed 8 at a time. A "
            + "step still learns from 16 rows.", messages[0]);
        foreach ((EpochResult a, EpochResult b) in whole.Epochs.Zip(result.Epochs))
            Assert.Equal(a.TrainingLoss, b.TrainingLoss, 1e-5);
    }

    [Fact]
    public void A_row_that_does_not_fit_alone_ends_the_run()
    {
        using var setup = new TrainingSetup();
        Limit(setup, tokens: 2);
        var error = Assert.Throws<ExternalException>(() => setup.Train(_options, Tasks.Classes(40)));
        Assert.Contains("can't allocate memory", error.Message);
    }

    [Fact]
    public void A_resumed_run_keeps_the_smaller_batches()
    {
        using var folder = new TemporaryDirectory();
        byte[] whole = Run(null, int.MaxValue);
        var checkpoints = new CheckpointOptions { Directory = folder.Path, EverySteps = 1, Resume = true };
        Assert.ThrowsAny<OperationCanceledException>(() => Run(checkpoints, stopAt: 4));
        Assert.Equal(whole, Run(checkpoints, int.MaxValue));

        static byte[] Run(CheckpointOptions? checkpoints, int stopAt)
        {
            using var setup = new TrainingSetup(dropout: 0.1);
            using var cancellation = new CancellationTokenSource();
            Limit(setup, tokens: 60);
            setup.Train(_options with { Checkpoints = checkpoints }, Tasks.Classes(40), null, new ProgressCollector(p =>
            {
                if (p.Step == stopAt)
                    cancellation.Cancel();
            }), cancellation.Token);
            return SmallRun.Bits(setup);
        }
    }

    // A layer without an adapter of the set.
    private static void Limit(TrainingSetup setup, int tokens)
        => setup.Model.Encoder.Linears.Single(l => l.Name == "encoder.layer.0.attention.self.key").Adapter = new Limited(tokens);

    /// <summary>Fails as libtorch's allocator does when it is given more tokens, in training only.</summary>
    private sealed class Limited(int tokens) : ILinearAdapter
    {
        public Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
            => context.Dropout is not null && input.shape[0] > tokens
                ? throw new ExternalException("[enforce fail] DefaultCPUAllocator: can't allocate memory: you "
                    + "tried to allocate 12345 bytes.")
                : baseOutput.clone();
    }
}
