using Microsoft.ML.DeLoRA.Experiments.Charts;

namespace Microsoft.ML.DeLoRA.Tests.Experiments.Charts;

public class ScaleTests
{
    [Theory]
    [InlineData(new[] { 50.7, 71.3 }, new[] { 50.0, 55, 60, 65, 70, 75 })]
    [InlineData(new[] { 0.0, 0.3, double.NaN }, new[] { 0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3 })]
    [InlineData(new[] { -3.0, 4.0 }, new[] { -4.0, -2, 0, 2, 4 })]
    [InlineData(new double[0], new[] { 0.0, 0.2, 0.4, 0.6, 0.8, 1 })]
    public void Linear_ticks_are_round_and_take_up_all_values(double[] values, double[] ticks)
        => Assert.Equal(ticks, new LinearScale(values).Ticks);

    [Theory]
    [InlineData(new[] { 0.0, 0.3 }, "0.00 0.05 0.10 0.15 0.20 0.25 0.30")]
    [InlineData(new[] { 0.0, 42000 }, "0 10000 20000 30000 40000 50000")]
    [InlineData(new[] { 0.0, 2e-6 }, "0 5e-7 1e-6 1.5e-6 2e-6")]
    public void Linear_ticks_have_as_many_decimals_as_the_step(double[] values, string labels)
        => Assert.Equal(labels, string.Join(' ', new ChartAxis("", new LinearScale(values)).Labels));

    [Fact]
    public void Counts_have_no_ticks_between_them() => Assert.Equal([0, 1, 2, 3], new LinearScale([0, 3], leastStep: 1).Ticks);

    [Fact]
    public void A_single_count_has_a_second_tick() => Assert.Equal([0, 1], new LinearScale([0], leastStep: 1).Ticks);

    [Theory]
    [InlineData(new[] { 0.125, 1, 8.0 }, new[] { 0.125, 0.25, 0.5, 1, 2, 4, 8 })]
    [InlineData(new[] { 3.0, 5 }, new[] { 2.0, 4, 8 })]
    [InlineData(new[] { 1.0, 65536 }, new[] { 1.0, 4, 16, 64, 256, 1024, 4096, 16384, 65536 })]
    [InlineData(new[] { 4.0 }, new[] { 2.0, 4, 8 })]
    public void Ticks_of_two_are_powers(double[] values, double[] ticks) => Assert.Equal(ticks, LogScale.OfTwo(values).Ticks);

    [Theory]
    [InlineData(new[] { 0.15, 3.0 }, new[] { 0.1, 0.2, 0.5, 1, 2, 5 })]
    [InlineData(new[] { 1e-3, 250 }, new[] { 1e-3, 1e-2, 0.1, 1, 10, 100, 1000 })]
    [InlineData(new[] { 0.0, double.NaN, 10, 20 }, new[] { 10.0, 20 })]
    public void Ticks_of_ten_are_one_two_five_or_powers(double[] values, double[] ticks)
        => Assert.Equal(ticks, LogScale.OfTen(values).Ticks.Select(t => Math.Round(t, 9)));

    [Fact]
    public void Positions_run_from_the_first_tick_to_the_last()
    {
        Assert.Equal(0.25, new LinearScale([0, 4]).Position(1), 1e-12);
        Assert.Equal(1.0 / 3, LogScale.OfTwo([1, 8]).Position(2), 1e-12);
        Assert.Equal([false, false, true], new[] { 0, double.NaN, 1 }.Select(LogScale.OfTwo([1, 8]).Holds));
    }

    [Theory]
    [InlineData(new[] { 5.0, 5 })]
    [InlineData(new[] { 0.0 })]
    [InlineData(new[] { -1e-30 })]
    [InlineData(new[] { 1e300, -1e300 })]
    [InlineData(new[] { 1e-300 })]
    [InlineData(new[] { double.PositiveInfinity })]
    public void Odd_values_have_a_scale_too(double[] values)
    {
        Assert.All(new ChartScale[] { new LinearScale(values), LogScale.OfTwo(values), LogScale.OfTen(values) }, scale =>
        {
            Assert.InRange(scale.Ticks.Count, 2, 14);
            Assert.Equal(scale.Ticks.Distinct().Order(), scale.Ticks);
            Assert.All(values.Where(scale.Holds), v => Assert.InRange(scale.Position(v), -1e-6, 1 + 1e-6));
        });
    }
}
