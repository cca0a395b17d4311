using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>The whole life of a regression, by ML.NET's API alone, and what Fit does with its options.</summary>
public class RegressionTests
{
    private static readonly DeLoRATextRegressionOptions _quick = Toy.Regression with { Training = new() { Seed = 1, Epochs = 1 } };

    private readonly MLContext _context = TestDevice.Context(1);

    [Fact]
    public void ItLearnsAndEvaluates()
    {
        IDataView data = _context.Data.LoadFromEnumerable(Toy.Rows(240));
        var split = _context.Data.TrainTestSplit(data, 0.25);
        ITransformer model = _context.Transforms.DeLoRATextRegression(Toy.Regression).Fit(split.TrainSet);
        RegressionMetrics metrics = _context.Regression.Evaluate(model.Transform(split.TestSet), labelColumnName: "Value");
        Assert.True(metrics.RSquared > 0.8, $"R squared {metrics.RSquared}");
    }

    [Fact]
    public void LabelsFarFromZeroComeBackInTheirUnit()
    {
        ToyRow[] rows = Toy.Rows(120);
        foreach (ToyRow row in rows)
            row.Value = 100;
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        // Nothing but the head's bias has to learn.
        using DeLoRATextTransformer model = Toy.Fit(_context, data,
            Toy.Regression with
            {
                Adapter = null,
                Training = new() { Seed = 1, Epochs = 150, BatchSize = 32, LearningRate = 0.1, WeightDecay = 0 }
            });
        Assert.All(Toy.Scores(model.Transform(data)), s => Assert.InRange(s, 90, 110));
    }

    [Fact]
    public void TheTrainersCatalogHasItToo()
    {
        IDataView rows = Toy.Load(_context, Toy.Rows(30));
        IDataView data = _context.Transforms.CopyColumns("Label", "Value").Fit(rows).Transform(rows);
        DeLoRATextEstimator estimator = _context.Regression.Trainers.DeLoRATextRegression(
            baseModel: Toy.Regression.BaseModel, epochs: 1, batchSize: 10, learningRate: 1e-3);
        using DeLoRATextTransformer model = estimator.Fit(data);
        Assert.Single(model.Training!.Epochs);
        Assert.NotNull(_context.Regression.Trainers.DeLoRATextRegression(Toy.Regression));
    }

    [Fact]
    public void PairsAreLearnedFromBothTexts()
    {
        // The first text says nothing about the value; the second one does.
        ToyRow[] rows = Toy.Rows(150);
        foreach (ToyRow row in rows)
            (row.Text, row.Second) = (row.Second, row.Text);
        IDataView data = Toy.Data(_context, rows);
        var options =
            Toy.Regression with { SecondTextColumnName = nameof(ToyRow.Second), Training = Toy.Regression.Training with { Epochs = 25 } };
        using DeLoRATextTransformer pairs = Toy.Fit(_context, data, options);
        Assert.True(_context.Regression.Evaluate(pairs.Transform(data), "Value").RSquared > 0.6);
    }

    [Fact]
    public void CrossValidationWorks()
    {
        IDataView data = _context.Data.LoadFromEnumerable(Toy.Rows(160));
        var folds = _context.Regression.CrossValidate(data, _context.Transforms.DeLoRATextRegression(Toy.Regression), numberOfFolds: 2,
            labelColumnName: "Value");
        Assert.Equal(2, folds.Count);
        Assert.All(folds, f => Assert.True(f.Metrics.RSquared > 0.5, $"R squared {f.Metrics.RSquared}"));
    }

    [Fact]
    public void APredictionEngineGivesWhatTransformGives()
    {
        ToyRow[] rows = Toy.Rows(60);
        IDataView data = _context.Data.LoadFromEnumerable(rows);
        ITransformer model = Toy.Fit(_context, data, _quick);
        float[] expected = Toy.Scores(model.Transform(data));
        using var engine = _context.Model.CreatePredictionEngine<ToyRow, ToyValue>(model);
        // One row or a batch of them: the same sums in another order.
        Assert.All(rows.Zip(expected), r => Assert.Equal(r.Second, engine.Predict(r.First).Score, 1e-5));
    }

    [Fact]
    public void TheEpochOfTheLeastErrorOnTheWholeValidationSetIsKept()
    {
        // 37 rows: no whole number of batches.
        IDataView validation = Toy.Data(_context, Toy.Rows(37, seed: 9));
        var options = Toy.Regression with { ValidationSet = validation, Training = Toy.Regression.Training with { LearningRate = 0.1 } };
        using DeLoRATextTransformer model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(60)), options);
        double expected = _context.Regression.Evaluate(model.Transform(validation), "Value").MeanSquaredError;
        Assert.Equal(expected, model.Training!.Best.ValidationMetric!.Value, 1e-5 * expected);
        Assert.Equal("mean squared error", model.Training.MetricName);
        Assert.Equal(model.Training.Best.ValidationMetric, model.Training.Epochs.Min(e => e.ValidationMetric));
        Assert.NotEqual(model.Training.Epochs[^1].ValidationMetric, model.Training.Best.ValidationMetric);
    }

    [Fact]
    public void AShareOfTheRowsIsHeldBackAndProgressAndLogTellOfEveryEpoch()
    {
        var steps = new List<TrainingProgress>();
        var log = new List<string>();
        _context.Log += (_, e) => log.Add(e.RawMessage);
        var options = _quick with
        {
            ValidationFraction = 0.2,
            Training = new() { Seed = 1, Epochs = 2, BatchSize = 10 },
            Progress = new Recorder(steps)
        };
        using DeLoRATextTransformer model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(50)), options);
        Assert.Equal(2 * 4, steps.Count(s => s.FinishedEpoch is null));
        Assert.Equal(model.Training!.Epochs, steps.Select(s => s.FinishedEpoch).OfType<EpochResult>());
        Assert.All(model.Training.Epochs, e => Assert.NotNull(e.ValidationMetric));
        Assert.Equal(2, log.Count(l => l.StartsWith("Epoch ") && l.Contains("validation mean squared error")));
    }

    [Fact]
    public void EqualSeedsGiveBitEqualModels()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(30));
        var options = _quick with { ValidationFraction = 0.3 };
        Assert.Equal(Scores(TestDevice.Context(), options), Scores(TestDevice.Context(5), options));
        Assert.NotEqual(Scores(TestDevice.Context(), options),
            Scores(TestDevice.Context(), options with { Training = options.Training with { Seed = 2 } }));
        options = options with { Training = options.Training with { Seed = null } };
        Assert.Equal(Scores(TestDevice.Context(5), options), Scores(TestDevice.Context(5), options));
        Assert.NotEqual(Scores(TestDevice.Context(5), options), Scores(TestDevice.Context(6), options));

        float[] Scores(MLContext context, DeLoRATextRegressionOptions options)
        {
            using DeLoRATextTransformer model = Toy.Fit(context, data, options);
            return Toy.Scores(model.Transform(data));
        }
    }

    [Fact]
    public void CancellingStopsWithinAStep()
    {
        using var source = new CancellationTokenSource();
        var steps = new List<TrainingProgress>();
        var options = Toy.Regression with { CancellationToken = source.Token, Progress = new Recorder(steps, source.Cancel) };
        Assert.Throws<OperationCanceledException>(() => Toy.Fit(_context, Toy.Data(_context, Toy.Rows(60)), options));
        Assert.Single(steps);
    }

    [Fact]
    public void NaNLabelsAreLeftOutWithAWarning()
    {
        ToyRow[] rows = Toy.Rows(40);
        ToyRow[] labelled = [.. rows.Where((_, i) => i % 10 != 3)];
        foreach (ToyRow row in rows.Except(labelled))
            row.Value = float.NaN;
        Assert.Contains(Warnings(rows, out float[] scores),
            w => w.Contains("4 training rows have no label in column 'Value'") && w.Contains("36 remain"));
        Assert.Empty(Warnings(labelled, out float[] expected));
        Assert.Equal(expected, scores);
    }

    [Fact]
    public void EqualLabelsAreWarnedOf()
    {
        ToyRow[] rows = Toy.Rows(12);
        foreach (ToyRow row in rows)
            row.Value = 2;
        Assert.Contains("All 12 training rows have the same label in column 'Value'", Assert.Single(Warnings(rows, out _)));
    }

    // The scores are those of other rows.
    private static List<string> Warnings(ToyRow[] rows, out float[] scores)
    {
        var context = TestDevice.Context(1);
        var log = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                log.Add(e.RawMessage);
        };
        using DeLoRATextTransformer model = Toy.Fit(context, Toy.Load(context, rows), _quick);
        scores = Toy.Scores(model.Transform(Toy.Load(context, Toy.Rows(9, seed: 4))));
        return log;
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
