using System.Globalization;
using DeLoRA.TestSupport;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Runs;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training.Runs;

/// <summary>The checkpoints of a run that diverges at a known step.</summary>
public class DivergedRunTests
{
    private static CheckpointOptions In(TemporaryDirectory folder, int every, int keep = 3)
        => new() { Directory = folder["run"], EverySteps = every, Every = null, Keep = keep, Resume = true };

    private static int StepOf(string checkpoint)
        => int.Parse(Path.GetFileNameWithoutExtension(checkpoint)["checkpoint-".Length..], CultureInfo.InvariantCulture);

    // Ten steps are sound; the eleventh's update destroys the model.
    [Theory]
    [InlineData(1, 11, 10)]
    [InlineData(3, 12, 9)]
    [InlineData(11, 11, 0)]
    public void No_checkpoint_is_written_of_a_destroyed_model_and_going_on_starts_from_a_good_one(int every, int foundInStep, int lastGood)
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with
        {
            LearningRate = 1e-3,
            Schedule = new DivergenceTests.Explosion(10),
            WarmupRatio = 0,
            EvaluateEverySteps = null,
            Checkpoints = In(folder, every, keep: 1),
        };
        for (int life = 0; life < 3; life++)
        {
            int first = 0;
            var error = Assert.Throws<TrainingDivergedException>(
                () => SmallRun.Train(options, new ProgressCollector(p => first = first == 0 ? p.Step : first)));
            Assert.Equal(foundInStep, error.Step);
            Assert.Equal(life == 0 ? 1 : lastGood + 1, first);
            // An epoch's end, step 6, is the best so far, and what there is to go on from in any case.
            Assert.Equal(lastGood, error.Checkpoint is null ? 0 : StepOf(error.Checkpoint));
            foreach (string file in Directory.EnumerateFiles(folder["run"], "*.safetensors"))
            {
                using SafeTensorsFile saved = SafeTensorsFile.Open(file);
                foreach (string name in saved.Names.Where(n => saved.DataType(n) == TensorDataType.Float32))
                    Assert.All(saved.ReadFloat32(name), v => Assert.True(float.IsFinite(v), $"{name} in {file}"));
            }
            if (lastGood == 0)
                break;
        }
    }

    [Fact]
    public void A_checkpoint_after_which_the_next_rows_give_NaN_is_discarded()
    {
        using var folder = new TemporaryDirectory();
        TrainingOptions options = SmallRun.Options with { EvaluateEverySteps = null, Checkpoints = In(folder, 3, keep: 1) };
        using var setup = new TrainingSetup(dropout: 0.1);
        var broken = new FiniteForTheLastRowsOnly();
        setup.Model.Encoder.Linears.Single(l => l.Name == "encoder.layer.1.attention.self.key").Adapter = broken;
        var error = Assert.Throws<TrainingDivergedException>(() => setup.Train(
            options, Tasks.Classes(42), Tasks.Classes(20, seed: 2), new ProgressCollector(p => broken.IsBroken = p.Step >= 9)));
        Assert.Equal(10, error.Step);
        Assert.Equal(6, StepOf(error.Checkpoint!));
        Assert.Equal(["best.safetensors", "checkpoint-00000006.safetensors"],
            Directory.EnumerateFiles(folder["run"], "*.safetensors").Select(f => Path.GetFileName(f)).Order());
    }

    [Fact]
    public void A_run_with_skipped_steps_goes_on_to_the_same_bits()
    {
        using var folder = new TemporaryDirectory();
        byte[] whole = Run(SmallRun.Options, stopAt: 0);
        TrainingOptions saved = SmallRun.Options with { Checkpoints = In(folder, 3) };
        Assert.ThrowsAny<OperationCanceledException>(() => Run(saved, stopAt: 8));
        Assert.Equal(whole, Run(saved, stopAt: 0));

        static byte[] Run(TrainingOptions options, int stopAt)
        {
            using var setup = new TrainingSetup(dropout: 0.1);
            using var cancellation = new CancellationTokenSource();
            int step = 0;
            setup.Model.Encoder.Linears.Single(l => l.Name == "encoder.layer.1.attention.self.key").Adapter =
                new NoGradient(() => step is 4 or 5 or 11);
            // The step before the first report is told by the checkpoint only: 9 is neither 5, 6 nor 12.
            var progress = new ProgressCollector(p =>
            {
                step = p.Step;
                if (p.Step == stopAt)
                    cancellation.Cancel();
            });
            setup.Train(options, Tasks.Classes(42), Tasks.Classes(20, seed: 2), progress, cancellation.Token);
            return SmallRun.Bits(setup);
        }
    }

    [Fact]
    public void A_checkpoint_of_a_destroyed_model_is_not_taken_up()
    {
        using var folder = new TemporaryDirectory();
        using var setup = new TrainingSetup();
        var options = new TrainingOptions { Epochs = 1, BatchSize = 8, Checkpoints = In(folder, 2) };
        using (var optimizer = new AdamW(ParameterGroup.Create(setup.Adapters.Parameters, setup.Model.Head.Parameters, options)))
        using (var dropout = new SeededDropout(1))
        using (var best = new BestEpoch(optimizer, higherIsBetter: true))
        {
            var state = new RunState(optimizer, dropout, best, journal: null);
            var position = new RunPosition { Step = 4 };
            var settings = RunSettings.Of(
                setup.Model, setup.Adapters, options, stepsPerEpoch: 5, "accuracy", Tasks.Classes(), validation: null);
            using (no_grad())
                setup.Model.Head.Parameters[3].Value.Fill(float.NaN);
            Directory.CreateDirectory(folder["run"]);
            state.Save(folder["run/checkpoint-00000004.safetensors"], position, settings);
            using var file = RunFile.Open(folder["run/checkpoint-00000004.safetensors"]);
            string message = Assert.Throws<InvalidDataException>(() => state.Load(file)).Message;
            Assert.Contains("'current.classifier.out_proj.bias' has a value that is infinite or NaN", message);
        }
    }

    /// <summary>
    /// Once it is broken, it computes for the two last numbers of tokens that it had seen before only: the batches of a step.
    /// </summary>
    private sealed class FiniteForTheLastRowsOnly : ILinearAdapter
    {
        private readonly List<long> _seen = [];

        public bool IsBroken { get; set; }

        public Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            long tokens = input.shape[0];
            if (IsBroken && !_seen[^2..].Contains(tokens))
                return baseOutput.Times(double.NaN);
            if (!IsBroken)
                _seen.Add(tokens);
            return baseOutput.clone();
        }
    }

    private sealed class NoGradient(Func<bool> isDue) : ILinearAdapter
    {
        public Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
            => context.Dropout is not null && isDue()
                ? baseOutput.Plus((baseOutput - baseOutput.detach()).abs().sqrt())
                : baseOutput.clone();
    }
}
