using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA.Tests.Evaluation;

public class MetricTests
{
    // Two rows right, one wrong; the loss worked out by hand.
    private static readonly Predictions _classes = new([2, 1, 0, 0, 0, 1, 5, 1, 0], 3, [0, 2, 1]);
    private static readonly Predictions _values = new([1, 2, 4], 1, [1, 4, 3]);

    public static TheoryData<IMetric, double, bool> Rows() => new()
    {
        { new Accuracy(), 2.0 / 3, true },
        { new CrossEntropy(), (-Math.Log(Math.E * Math.E / (Math.E * Math.E + Math.E + 1)) - Math.Log(Math.E / (2 + Math.E)) - Math.Log(Math.E / (Math.Exp(5) + Math.E + 1))) / 3, false },
        { new MeanSquaredError(), 5.0 / 3, false },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_metric_gives_the_figure(IMetric metric, double expected, bool higherIsBetter)
    {
        Assert.Equal(expected, metric.Compute(metric is MeanSquaredError ? _values : _classes), 1e-7);
        Assert.Equal(higherIsBetter, metric.HigherIsBetter);
        Assert.NotEmpty(metric.Name);
    }

    [Fact]
    public void Cross_entropy_stays_finite_for_large_logits()
        => Assert.Equal(2000, new CrossEntropy().Compute(new Predictions([1000, -1000], 2, [1])), 1e-9);

    [Fact]
    public void Arrays_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Predictions([1, 2, 3], 2, [0, 1]));
        Assert.Throws<ArgumentException>(() => new Predictions([], 2, []));
    }
}
