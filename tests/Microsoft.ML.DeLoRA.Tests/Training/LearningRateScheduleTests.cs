namespace Microsoft.ML.DeLoRA.Tests.Training;

public class LearningRateScheduleTests
{
    [Theory]
    [InlineData(0, 30, 0.06, 0)]
    [InlineData(1, 30, 0.06, 1 / 1.8)]
    [InlineData(2, 30, 0.06, 28 / 28.2)]
    [InlineData(29, 30, 0.06, 1 / 28.2)]
    [InlineData(0, 10, 0, 1)]
    [InlineData(9, 10, 0, 0.1)]
    [InlineData(0, 3, 0.06, 0)]
    [InlineData(1, 3, 0.06, 2 / 2.82)]
    [InlineData(2, 4, 1, 0.5)]
    public void The_linear_one_rises_over_an_unrounded_number_of_steps_and_falls_to_zero(int step, int steps, double warmup, double factor)
        => Assert.Equal(factor, new LinearSchedule().Factor(step, steps, warmup), 1e-12);

    /// <summary>get_cosine_schedule_with_warmup of Hugging Face's transformers, with half a cosine (its default).</summary>
    [Theory]
    [InlineData(30, 0.06)]
    [InlineData(100, 0)]
    [InlineData(17, 0.5)]
    [InlineData(4, 1)]
    public void The_cosine_one_is_that_of_transformers(int steps, double warmup)
    {
        double warmupSteps = warmup * steps;
        for (int step = 0; step < steps; step++)
        {
            double progress = (step - warmupSteps) / Math.Max(1, steps - warmupSteps);
            double expected = step < warmupSteps
                ? step / Math.Max(1, warmupSteps)
                : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * 0.5 * 2 * progress)));
            Assert.Equal(expected, new CosineSchedule().Factor(step, steps, warmup), 1e-12);
        }
    }

    [Fact]
    public void A_number_of_warm_up_steps_counts_in_place_of_the_share()
    {
        var options = new TrainingOptions { WarmupSteps = 4, WarmupRatio = 0.5, Schedule = new ConstantSchedule() };
        Assert.Equal([0, 0.25, 0.5, 0.75, 1, 1], Enumerable.Range(0, 6).Select(s => options.RateFactor(s, 20)));
        Assert.Equal([1, 1], Enumerable.Range(0, 2).Select(s => (options with { WarmupSteps = 0 }).RateFactor(s, 20)));
        Assert.Equal(1, options.RateFactor(0, 1));
        var trained = new TrainingOptions { WarmupSteps = 19, Epochs = 2, BatchSize = 4 };
        using var setup = new TrainingSetup();
        Assert.Contains("WarmupSteps is 19; it must be at most the 18 steps of the run",
            Assert.Throws<ArgumentException>(() => setup.Train(trained, Tasks.Classes(36))).Message);
    }

    [Theory]
    [InlineData(0.06)]
    [InlineData(1)]
    [InlineData(0)]
    public void A_run_of_one_step_has_no_warm_up_that_would_leave_nothing_to_learn_from(double warmup)
        => Assert.All((LearningRateSchedule[])[new LinearSchedule(), new CosineSchedule(), new ConstantSchedule()],
            s => Assert.Equal(1, s.Factor(0, 1, warmup)));

    [Theory]
    [InlineData(0)]
    [InlineData(0.06)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void In_every_run_some_step_learns_and_every_factor_is_from_0_to_1(double warmup)
    {
        foreach (LearningRateSchedule schedule in (LearningRateSchedule[])[new LinearSchedule(), new CosineSchedule(),
            new ConstantSchedule()])
        {
            foreach (int steps in (int[])[1, 2, 3, 7, 17, 100])
            {
                double[] factors = [.. Enumerable.Range(0, steps).Select(s => schedule.Factor(s, steps, warmup))];
                Assert.All(factors, f => Assert.InRange(f, 0, 1));
                Assert.True(factors.Max() > 0, $"{schedule}, {steps} steps, warm-up {warmup}");
            }
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.5)]
    public void A_factor_that_is_none_is_refused_with_schedule_and_step(double factor)
    {
        string message = Assert.Throws<InvalidOperationException>(() => new Fixed(factor).Factor(7, 20, 0.06)).Message;
        Assert.Contains(FormattableString.Invariant($"The schedule Fixed gives step 8 of 20 a learning rate factor of {factor}"), message);
    }

    private sealed record Fixed(double Value) : LearningRateSchedule
    {
        protected override double AfterWarmup(int step, double warmupSteps, int totalSteps) => Value;
    }

    [Fact]
    public void The_constant_one_stays_after_the_warm_up()
        => Assert.Equal([0, 0.5, 1, 1], Enumerable.Range(0, 4).Select(s => new ConstantSchedule().Factor(s, 4, 0.5)));
}
