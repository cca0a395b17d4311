using Microsoft.ML.DeLoRA.Tests.Training.Runs;
using Microsoft.ML.DeLoRA.Training;

namespace Microsoft.ML.DeLoRA.Tests.Training;

public class EarlyStoppingTests
{
    [Theory]
    [InlineData(2, 0, true, new[] { 0.5, 0.6, 0.6 }, false)]
    [InlineData(2, 0, true, new[] { 0.5, 0.6, 0.6, 0.59 }, true)]
    [InlineData(2, 0, true, new[] { 0.5, 0.6, 0.6, 0.61 }, false)]
    [InlineData(2, 0.05, true, new[] { 0.5, 0.52, 0.54 }, true)]
    [InlineData(2, 0.05, true, new[] { 0.5, 0.52, 0.56 }, false)]
    [InlineData(1, 0, false, new[] { 2.0, 1.5, 1.4 }, false)]
    [InlineData(1, 0, false, new[] { 2.0, 1.5, 1.6 }, true)]
    [InlineData(2, 0, true, new[] { 0.5, double.NaN, double.NaN }, true)]
    [InlineData(2, 0, true, new[] { double.NaN, 0.5, double.NaN }, false)]
    [InlineData(1, 0, true, new double[0], false)]
    public void It_is_over_after_patience_evaluations_without_gain(int patience, double minDelta, bool higherIsBetter, double[] metrics,
        bool over)
        => Assert.Equal(over, new EarlyStopping { Patience = patience, MinDelta = minDelta }.IsOver(metrics, higherIsBetter));

    [Fact]
    public void A_run_ends_early_with_its_best_state_and_says_so()
    {
        // Accuracy cannot gain 2.
        var options = new TrainingOptions
        {
            Epochs = 50, BatchSize = 8, EvaluateEverySteps = 2,
            EarlyStopping = new() { Patience = 4, MinDelta = 2 }
        };
        var reports = new List<TrainingProgress>();
        using var setup = new TrainingSetup();
        TrainingData validation = Tasks.Classes(20, seed: 2);
        TrainingResult result = setup.Train(options, Tasks.Classes(40), validation, new ProgressCollector(reports.Add));
        Assert.True(result.StoppedEarly);
        Assert.Equal([2, 4, 5, 6, 8], result.Evaluations.Select(e => e.Step));
        Assert.Equal([5], result.Epochs.Select(e => e.Step));
        Assert.Equal([2, 4, 6, 8], reports.Where(r => r.Evaluation is not null).Select(r => r.Step));
        Assert.Equal("Stopped early after step 8: the last 4 evaluations brought no better accuracy.", reports[^1].Message);
        Assert.Equal(result.Best.ValidationMetric, new Accuracy().Compute(Evaluator.Predict(setup.Model, validation)));
        Assert.Equal(result.Evaluations.Max(e => e.ValidationMetric), result.Best.ValidationMetric);
    }

    [Fact]
    public void The_best_state_may_lie_within_an_epoch()
    {
        TrainingOptions options = SmallRun.Options with { Epochs = 8, EvaluateEverySteps = 1, Seed = 4 };
        TrainingResult result = SmallRun.Train(options).Result;
        Assert.Equal(Enumerable.Range(1, 48), result.Evaluations.Select(e => e.Step));
        Assert.Equal(result.Evaluations.Max(e => e.ValidationMetric), result.Best.ValidationMetric);
        Assert.Contains(result.Best, result.Evaluations);
        Assert.DoesNotContain(result.Best, result.Epochs);
    }

    [Fact]
    public void Without_a_validation_set_it_is_refused()
    {
        using var setup = new TrainingSetup();
        Assert.Throws<ArgumentException>("validation", () => setup.Train(new() { EarlyStopping = new() }, Tasks.Classes()));
    }
}
