
namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What Fit does with options, seeds, validation sets and progress.</summary>
public class FineTuningTests
{
    private readonly MLContext _context = TestDevice.Context(1);

    [Fact]
    public void The_log_says_what_is_trained_then_how_each_epoch_went_then_what_was_kept()
    {
        var log = new List<string>();
        _context.Log += (_, e) =>
        {
            if (e.Kind is Microsoft.ML.Runtime.ChannelMessageKind.Info or Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                log.Add($"{e.Kind}: {e.RawMessage}");
        };
        using var model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(60)),
            Toy.Options with { Training = Toy.Options.Training with { Epochs = 2 }, ValidationFraction = 0.2, MaxLength = 6 });
        Assert.Collection(log,
            line => Assert.StartsWith("Info: trainable params: ", line),
            line => Assert.Matches("^Warning: \\d+ training rows are longer than the maximum length of 6 tokens", line),
            line => Assert.Matches("^Warning: \\d+ validation rows are longer", line),
            line => Assert.StartsWith("Info: Training on 48 rows, 12 validation rows, 3 classes; DeLoRA (", line),
            line => Assert.StartsWith("Info: Epoch 1 of 2: loss ", line),
            line => Assert.StartsWith("Info: Epoch 2 of 2: loss ", line),
            line => Assert.StartsWith("Info: Kept: epoch ", line));
    }

    [Fact]
    public void ValidationIsOverTheWholeSet()
    {
        IDataView all = _context.Data.LoadFromEnumerable(Toy.Rows(60));
        ITransformer mapping = _context.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(all);
        // 37 rows: no whole number of batches.
        IDataView validation = mapping.Transform(_context.Data.LoadFromEnumerable(Toy.Rows(37, seed: 9)));
        using DeLoRATextTransformer model = Toy.Fit(_context, mapping.Transform(all), Toy.Options with { ValidationSet = validation });
        double expected = _context.MulticlassClassification.Evaluate(model.Transform(validation)).MicroAccuracy;
        Assert.Equal(expected, model.Training!.Best.ValidationMetric!.Value, 1e-9);
        Assert.Equal("accuracy", model.Training.MetricName);
        Assert.Equal(model.Training.Best.ValidationMetric, model.Training.Epochs.Max(e => e.ValidationMetric));
    }

    [Fact]
    public void AShareOfTheRowsIsHeldBack()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(50));
        var steps = new List<TrainingProgress>();
        var options = Toy.Options with
        {
            ValidationFraction = 0.2,
            Training = new() { Seed = 1, Epochs = 2, BatchSize = 10 },
            Progress = new Recorder(steps)
        };
        using DeLoRATextTransformer model = Toy.Fit(_context, data, options);
        Assert.Equal(2 * 4, steps[^1].StepCount);
        Assert.All(model.Training!.Epochs, e => Assert.NotNull(e.ValidationMetric));
        // Tenths of the 10 rows held back.
        Assert.Equal(0, Math.IEEERemainder(model.Training.Best.ValidationMetric!.Value, 0.1), 1e-9);
    }

    [Fact]
    public void EveryEpochHasAnotherOrder()
    {
        var steps = new List<TrainingProgress>();
        // Nothing is learned and nothing dropped, so a step's loss says which rows are in it.
        var options = Toy.Options with
        {
            Training = new() { Seed = 1, Epochs = 3, BatchSize = 10, LearningRate = 0 },
            Progress = new Recorder(steps)
        };
        using DeLoRATextTransformer model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(60)), options);
        double[][] losses =
            [.. steps.Where(s => s.FinishedEpoch is null).GroupBy(s => s.Epoch, s => Math.Round(s.Loss, 5)).Select(g => g.ToArray())];
        Assert.Equal(3, losses.Length);
        Assert.NotEqual(losses[0].Order(), losses[1].Order());
        Assert.NotEqual(losses[1].Order(), losses[2].Order());
        Assert.All(losses, l => Assert.Equal(losses[0].Average(), l.Average(), 1e-4));
    }

    [Fact]
    public void EqualSeedsGiveBitEqualModels()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(30));
        var options = Toy.Options with { Training = new() { Seed = 1, Epochs = 2 }, ValidationFraction = 0.3 };
        Assert.Equal(Scores(TestDevice.Context(), options), Scores(TestDevice.Context(5), options));
        Assert.NotEqual(Scores(TestDevice.Context(), options),
            Scores(TestDevice.Context(), options with { Training = options.Training with { Seed = 2 } }));
        options = options with { Training = options.Training with { Seed = null } };
        Assert.Equal(Scores(TestDevice.Context(5), options), Scores(TestDevice.Context(5), options));
        Assert.NotEqual(Scores(TestDevice.Context(5), options), Scores(TestDevice.Context(6), options));

        float[] Scores(MLContext context, DeLoRATextClassificationOptions options)
        {
            using DeLoRATextTransformer model = Toy.Fit(context, data, options);
            return Toy.Scores(model.Transform(data));
        }
    }

    [Fact]
    public void AnEstimatorMayFitSeveralTimesWithTheSameResult()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(30));
        var estimator = _context.Transforms.DeLoRATextClassification(Toy.Options with { Training = new() { Epochs = 1 } });
        using DeLoRATextTransformer first = estimator.Fit(data), second = estimator.Fit(data);
        Assert.Equal(Toy.Scores(first.Transform(data)), Toy.Scores(second.Transform(data)));
    }

    [Fact]
    public void ProgressAndLogTellOfEveryEpoch()
    {
        var steps = new List<TrainingProgress>();
        var log = new List<string>();
        _context.Log += (_, e) => log.Add(e.RawMessage);
        var options = Toy.Options with
        {
            Training = new() { Seed = 1, Epochs = 3, BatchSize = 10 },
            ValidationFraction = 0.5,
            Progress = new Recorder(steps)
        };
        using DeLoRATextTransformer model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(40)), options);
        Assert.Equal(3 * 2, steps.Count(s => s.FinishedEpoch is null));
        Assert.Equal(model.Training!.Epochs, steps.Select(s => s.FinishedEpoch).OfType<EpochResult>());
        Assert.Equal(3, log.Count(l => l.StartsWith("Epoch ") && l.Contains("validation accuracy")));
    }

    [Fact]
    public void WithoutAnAdapterTheHeadAloneIsTrained()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(30));
        using DeLoRATextTransformer head =
            Toy.Fit(_context, data, Toy.Options with { Adapter = null, Training = new() { Seed = 1, Epochs = 1 } });
        using DeLoRATextTransformer adapter = Toy.Fit(_context, data, Toy.Options with { Training = new() { Seed = 1, Epochs = 1 } });
        // Rank 2 on query and value of two layers of width 32: A, B, lambda.
        Assert.Equal(4 * (2 * 32 + 2 * 32 + 1), adapter.Training!.TrainedParameterCount - head.Training!.TrainedParameterCount);
    }

    [Fact]
    public void TheDataIsReadOnce()
    {
        int rows = 0;
        IDataView data = Toy.Data(_context, Toy.Rows(30).Select(r =>
        {
            rows++;
            return r;
        }));
        rows = 0;
        Toy.Fit(_context, data, Toy.Options with { ValidationFraction = 0.3 }).Dispose();
        Assert.Equal(30, rows);
    }

    [Fact]
    public void CancellingStopsWithinAStep()
    {
        using var source = new CancellationTokenSource();
        var steps = new List<TrainingProgress>();
        var options = Toy.Options with { CancellationToken = source.Token, Progress = new Recorder(steps, () => source.Cancel()) };
        Assert.Throws<OperationCanceledException>(() => Toy.Fit(_context, Toy.Data(_context, Toy.Rows(60)), options));
        Assert.Single(steps);
    }

    private sealed class Recorder(List<TrainingProgress> steps, Action? onStep = null) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            steps.Add(value);
            onStep?.Invoke();
        }
    }
}
