using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Tests.Encoders;
using Microsoft.ML.DeLoRA.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests.Training;

/// <summary>Numbers that are not finite are found where they come up, and end the run with step, rate and rows.</summary>
public class DivergenceTests
{
    private static readonly TrainingOptions _options =
        new() { Epochs = 1, BatchSize = 8, WarmupRatio = 0, Schedule = new ConstantSchedule() };

    private static TrainingDivergedException Diverges(
        TrainingOptions options, TrainingData? training = null, TrainingData? validation = null)
    {
        using var setup = new TrainingSetup();
        return Assert.Throws<TrainingDivergedException>(() => setup.Train(options, training ?? Tasks.Classes(40), validation));
    }

    // One step in all: no later loss would tell.
    [Theory]
    [InlineData(1e38, false)]
    [InlineData(1e38, true)]
    [InlineData(1e300, false)]
    [InlineData(1e300, true)]
    public void Divergence_in_the_very_last_update_is_found_with_and_without_a_validation_set(double rate, bool validates)
    {
        TrainingDivergedException error = Diverges(
            _options with { LearningRate = rate, BatchSize = 40 }, validation: validates ? Tasks.Classes(10, seed: 2) : null);
        Assert.Equal(1, error.Step);
        Assert.Equal(rate, error.LearningRate);
        Assert.Equal(Enumerable.Range(0, 40), error.Rows.Order());
        Assert.Contains(" with the update in step 1, at a learning rate of 1e+", error.Message);
    }

    [Theory]
    [InlineData(1e30)]
    [InlineData(1e38)]
    [InlineData(1e300)]
    public void No_run_ends_with_a_best_epoch_that_is_NaN(double rate)
    {
        TrainingDivergedException error = Diverges(
            _options with { LearningRate = rate, Epochs = 3 }, validation: Tasks.Classes(10, seed: 2));
        Assert.InRange(error.Step, 2, 15);
        Assert.Contains($" in step {error.Step}, at a learning rate of 1e+", error.Message);
    }

    [Fact]
    public void A_parameter_that_is_not_finite_is_named_at_the_next_evaluation()
    {
        // The strengths have a rate of their own; what computes with them is NaN only in the next step.
        TrainingDivergedException error = Diverges(
            _options with { LambdaLearningRate = 1e300, EvaluateEverySteps = 1 }, validation: Tasks.Classes(10, seed: 2));
        Assert.Equal(1, error.Step);
        Assert.Matches(
            @"Parameter 'encoder\.layer\.\d\.attention\.self\.\w+\.delora_lambda' became (NaN|-?Infinity) with the update in step 1",
            error.Message);
    }

    [Fact]
    public void The_model_keeps_the_best_evaluation_before()
    {
        using var setup = new TrainingSetup();
        TrainingOptions options = _options with { LearningRate = 1e-3, Epochs = 3, Schedule = new Explosion(7) };
        Assert.Throws<TrainingDivergedException>(() => setup.Train(options, Tasks.Classes(40), Tasks.Classes(10, seed: 2)));
        Assert.All(setup.TrainedValues(), v => Assert.All(v, x => Assert.True(float.IsFinite(x))));
    }

    [Fact]
    public void An_epoch_that_ends_with_a_destroyed_model_is_not_kept_without_a_validation_set_either()
    {
        using var setup = new TrainingSetup();
        // Five steps an epoch: the last update of the second.
        TrainingOptions options = _options with { LearningRate = 1e-3, Epochs = 3, Schedule = new Explosion(9) };
        var error = Assert.Throws<TrainingDivergedException>(() => setup.Train(options, Tasks.Classes(40)));
        Assert.Equal(10, error.Step);
        Assert.All(setup.TrainedValues(), v => Assert.All(v, x => Assert.True(float.IsFinite(x))));
    }

    [Fact]
    public void A_step_whose_gradient_is_not_finite_is_skipped_and_told()
    {
        using var setup = new TrainingSetup();
        var messages = new List<string>();
        TrainingResult result = setup.Train(_options, Tasks.Classes(40), progress: Spike(setup, at => at is 2 or 4, messages));
        Assert.Equal([5], result.Epochs.Select(e => e.Step));
        Assert.Equal(2, messages.Count);
        Assert.Contains("The gradient's norm became NaN in step 2, at a learning rate of 0.003, on rows ", messages[0]);
        Assert.Contains("the step is skipped", messages[0]);
        Assert.Contains("in step 4,", messages[1]);
        Assert.All(setup.TrainedValues(), v => Assert.All(v, x => Assert.True(float.IsFinite(x))));
    }

    [Fact]
    public void A_skipped_step_leaves_parameters_and_moments_as_they_were()
    {
        float[][] Run(Func<int, bool> spiked, int rows)
        {
            using var setup = new TrainingSetup();
            setup.Train(_options with { BatchSize = 10 }, Tasks.Classes(rows), progress: Spike(setup, spiked));
            return setup.TrainedValues();
        }
        using var untouched = new TrainingSetup();
        // Two steps: after the first one is skipped, the second has to be what AdamW does first.
        float[][] before = untouched.TrainedValues();
        float[][] after = Run(at => at == 1, 20);
        double largest = before.Zip(after).Max(p => (double)Differences.Largest(p.First, p.Second));
        Assert.InRange(largest, 0.9 * 3e-3, 1.1 * 3e-3);
    }

    [Fact]
    public void Three_such_steps_in_a_row_end_the_run()
    {
        using var setup = new TrainingSetup();
        ProgressCollector progress = Spike(setup, at => at >= 4);
        var error = Assert.Throws<TrainingDivergedException>(
            () => setup.Train(_options with { Epochs = 3 }, Tasks.Classes(40), progress: progress));
        Assert.Equal(6, error.Step);
        Assert.Contains("The gradient's norm became NaN, 3 times in a row, in step 6", error.Message);
    }

    [Fact]
    public void An_epoch_of_nothing_but_such_steps_ends_the_run()
    {
        using var setup = new TrainingSetup();
        ProgressCollector progress = Spike(setup, _ => true);
        var error = Assert.Throws<TrainingDivergedException>(
            () => setup.Train(_options with { BatchSize = 20, Epochs = 9 }, Tasks.Classes(40), progress: progress));
        Assert.Equal(2, error.Step);
    }

    [Fact]
    public void A_loss_that_the_data_makes_infinite_says_so()
    {
        using var setup = new TrainingSetup(outputs: 1);
        TrainingData data = TrainingData.Regression(Texts.Of(TinyModel.Rows(12)), [.. Enumerable.Repeat(1e30f, 12)]);
        var error = Assert.Throws<TrainingDivergedException>(() => setup.Train(_options, data));
        Assert.Contains("go up to 1e+30", error.Message);
        Assert.Contains("scale the values", error.Message);
    }

    [Fact]
    public void A_run_of_one_step_learns()
    {
        using var setup = new TrainingSetup();
        float[][] before = setup.TrainedValues();
        setup.Train(new TrainingOptions { Epochs = 1, BatchSize = 64 }, Tasks.Classes(40));
        Assert.Contains(before.Zip(setup.TrainedValues()), p => Differences.Largest(p.First, p.Second) > 1e-3);
    }

    [Fact]
    public void Options_that_can_only_overflow_are_refused_before_the_training()
    {
        foreach (double weight in (double[])[1e308, 1e31, 1e-31, 0, double.NaN])
            Assert.Contains("A class weight is", Assert.Throws<ArgumentException>(() => ClassWeights.Of(1, weight)).Message);
        Assert.Throws<ArgumentException>("FocalGamma", () => new TrainingOptions { FocalGamma = 1e308 }.Validate());
        using SequenceClassifier model = TinyModel.Create();
        foreach (AdapterMethod method in (AdapterMethod[])[
            new DeLoRAMethod { Rank = 2, Lambda = 1e38 },
            new DeLoRAMethod { Rank = 2, LambdaPattern = new Dictionary<string, double> { ["query"] = -1e300 } },
            new MultiplicativeDeLoRAMethod { Rank = 2, Lambda = 1e38 },
            new LoRAMethod { Rank = 2, Alpha = 1e308 }, new DoRAMethod { Rank = 2, Alpha = 1e38 },
            new LoRAMethod { Rank = 2, AlphaPattern = new Dictionary<string, double> { ["query"] = 1e308 } },
            new LoRAMethod { Rank = 2, LearningRateRatio = 1e308 }, new VeRAMethod { Rank = 2, InitialD = 1e308 },
            new BottleneckMethod { Size = 2, Scaling = 1e308 }])
            Assert.Contains("1e30", Assert.Throws<ArgumentException>(() => AdapterSet.Attach(model.Encoder, method)).Message);
    }

    [Theory]
    [InlineData(null, 1e30, 0)]
    [InlineData(null, 1e-30, 0)]
    [InlineData(1000.0, 1e30, 0)]
    [InlineData(null, 1e30, 0.999)]
    public void Options_at_the_ends_of_their_ranges_compute_what_is_finite(double? gamma, double weight, double smoothing)
    {
        var options = _options with { FocalGamma = gamma, ClassWeights = ClassWeights.Of(weight, 1, weight), LabelSmoothing = smoothing };
        using var setup = new TrainingSetup();
        TrainingResult result = setup.Train(options, Tasks.Classes(40));
        Assert.True(double.IsFinite(result.Epochs[0].TrainingLoss));
        Assert.All(setup.TrainedValues(), v => Assert.All(v, x => Assert.True(float.IsFinite(x))));
    }

    [Fact]
    public void An_infinite_metric_is_no_best_one_however_large()
    {
        using var setup = new TrainingSetup();
        int evaluation = 0;
        var metric = new Figures(() => ++evaluation is 2 ? double.PositiveInfinity : evaluation);
        TrainingResult result = new Trainer(setup.Model, setup.Adapters, _options with { Epochs = 3 }, metric)
            .Train(Tasks.Classes(), Tasks.Classes(9, seed: 2));
        Assert.Equal(3, result.Best.Epoch);
        Assert.Equal(3, result.Best.ValidationMetric);
    }

    [Fact]
    public void A_metric_that_is_not_defined_is_told_and_the_loss_chooses()
    {
        using var setup = new TrainingSetup(outputs: 1);
        var messages = new List<string>();
        // All values equal: no correlation is defined.
        TrainingData validation = TrainingData.Regression(Texts.Of(TinyModel.Rows(5, seed: 2)), [1, 1, 1, 1, 1]);
        var metric = new PearsonCorrelation();
        TrainingResult result = new Trainer(setup.Model, setup.Adapters, _options with { Epochs = 4 }, metric)
            .Train(Tasks.Values(), validation,
                new ProgressCollector(p => messages.AddRange(p.Message is { } m ? [m] : Array.Empty<string>())));
        Assert.Equal(result.Epochs.Min(e => e.ValidationLoss), result.Best.ValidationLoss);
        Assert.Equal(4, messages.Count);
        Assert.Contains("The Pearson is not defined after step 5", messages[0]);
    }

    /// <summary>Takes the gradient away in some steps; the progress tells which one it is.</summary>
    private static ProgressCollector Spike(TrainingSetup setup, Func<int, bool> at, List<string>? messages = null)
    {
        int step = 1;
        setup.Model.Encoder.Linears.Single(l => l.Name == "encoder.layer.1.attention.self.key").Adapter = new Spiked(() => at(step));
        return new ProgressCollector(p =>
        {
            step = p.Step + 1;
            messages?.AddRange(p.Message is { } m ? [m] : Array.Empty<string>());
        });
    }

    private sealed class Figures(Func<double> next) : IMetric
    {
        public string Name => "figure";

        public bool HigherIsBetter => true;

        public double Compute(Predictions predictions) => next();
    }

    /// <summary>Changes nothing, but has no gradient: that of a root at 0.</summary>
    private sealed class Spiked(Func<bool> isDue) : ILinearAdapter
    {
        public Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
            => context.Dropout is not null && isDue()
                ? baseOutput.Plus((baseOutput - baseOutput.detach()).abs().sqrt())
                : baseOutput.clone();
    }

    /// <summary>1, and from one step on (from 0) far too much.</summary>
    internal sealed record Explosion(int From) : LearningRateSchedule
    {
        protected override double AfterWarmup(int step, double warmupSteps, int totalSteps) => step < From ? 1 : 1e33;
    }
}
