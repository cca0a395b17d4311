using Microsoft.ML.DeLoRA.Training;

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

    [Fact]
    public void The_constant_one_stays_after_the_warm_up()
        => Assert.Equal([0, 0.5, 1, 1], Enumerable.Range(0, 4).Select(s => new ConstantSchedule().Factor(s, 4, 0.5)));
}
