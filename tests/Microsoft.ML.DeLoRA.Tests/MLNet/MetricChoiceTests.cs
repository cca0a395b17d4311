namespace Microsoft.ML.DeLoRA.Tests.MLNet;

/// <summary>What <see cref="DeLoRATextOptions.Metric"/> decides, and what the log tells of each evaluation.</summary>
public class MetricChoiceTests
{
    private readonly MLContext _context = TestDevice.Context(1);

    [Fact]
    public void ItChoosesTheBestEpochOfEveryTask()
    {
        IDataView data = Toy.Data(_context, Toy.Rows(48));
        IMetric[] metrics = [new CrossEntropy(), new PearsonCorrelation(), new LabelCrossEntropy()];
        foreach ((DeLoRATextOptions task, IMetric metric) in Toy.AllTasks.Zip(metrics))
        {
            using DeLoRATextTransformer model = Toy.FitAny(_context, data,
                task with { Metric = metric, ValidationFraction = 0.3, Training = new() { Seed = 1, Epochs = 3, LearningRate = 1e-2 } });
            IEnumerable<double?> figures = model.Training!.Epochs.Select(e => e.ValidationMetric);
            Assert.Equal(metric.Name, model.Training.MetricName);
            Assert.Equal(metric.HigherIsBetter ? figures.Max() : figures.Min(), model.Training.Best.ValidationMetric);
        }
    }

    [Fact]
    public void TheFirstEpochIsBestAndEarlyStoppingEndsTheRunWhenItSaysSo()
    {
        var options = Toy.Options with
        {
            Metric = new Falling(),
            ValidationFraction = 0.3,
            Training = new() { Seed = 1, Epochs = 9, EarlyStopping = new EarlyStopping { Patience = 2 } },
        };
        using DeLoRATextTransformer model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(48)), options);
        Assert.Equal((1, 3, true), (model.Training!.Best.Epoch, model.Training.Epochs.Count, model.Training.StoppedEarly));
    }

    [Fact]
    public void F1NeedsTwoClasses()
        => Assert.Contains("it is for two classes, and there are 3", Assert.Throws<ArgumentException>(
            () => Toy.Fit(_context, Toy.Data(_context, Toy.Rows(12)),
                Toy.Options with { Metric = new F1Score(), ValidationFraction = 0.5 })).Message);

    [Fact]
    public void EvaluationsWithinAnEpochAreInTheLogToo()
    {
        var log = new List<string>();
        _context.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Info && e.RawMessage.StartsWith("Epoch "))
                log.Add(e.RawMessage);
        };
        var options =
            Toy.Options with { ValidationFraction = 0.5, Training = new() { Seed = 1, Epochs = 2, BatchSize = 4, EvaluateEverySteps = 2 } };
        using DeLoRATextTransformer model = Toy.Fit(_context, Toy.Data(_context, Toy.Rows(40)), options);
        // Five steps an epoch, ten in all; the epochs' ends are told once.
        string[] starts = ["Epoch 1 of 2, step 2 of 10: ", "Epoch 1 of 2, step 4 of 10: ", "Epoch 1 of 2: ", "Epoch 2 of 2, step 6 of 10: ",
            "Epoch 2 of 2, step 8 of 10: ", "Epoch 2 of 2: "];
        Assert.Equal(starts.Length, log.Count);
        for (int i = 0; i < log.Count; i++)
        {
            Assert.StartsWith(starts[i], log[i]);
            Assert.Contains(FormattableString.Invariant($"validation accuracy {model.Training!.Evaluations[i].ValidationMetric:F4}"),
                log[i]);
        }
    }

    // Less each time it is asked.
    private sealed class Falling : IMetric
    {
        private int _asked;

        public string Name => "falling";

        public bool HigherIsBetter => true;

        public double Compute(Predictions predictions) => --_asked;
    }
}
