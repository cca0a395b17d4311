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
        { new MatthewsCorrelation(), 3 / Math.Sqrt(24), true },
        { new PearsonCorrelation(), 0.5, true },
        { new SpearmanCorrelation(), 0.5, true },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_metric_gives_the_figure(IMetric metric, double expected, bool higherIsBetter)
    {
        Assert.Equal(expected, metric.Compute(metric is MeanSquaredError or PearsonCorrelation or SpearmanCorrelation ? _values : _classes), 1e-7);
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

    [Fact]
    public void A_metric_refuses_predictions_that_it_is_not_for()
    {
        Assert.Contains("3 outputs", Assert.Throws<ArgumentException>(() => new F1Score().Compute(_classes)).Message);
        Assert.Contains("3 outputs", Assert.Throws<ArgumentException>(() => new PearsonCorrelation().Compute(_classes)).Message);
        Assert.Contains("3 outputs", Assert.Throws<ArgumentException>(() => new SpearmanCorrelation().Compute(_classes)).Message);
        Assert.Throws<ArgumentException>(() => new PearsonCorrelation().Compute(new Predictions([1], 1, [1])));
        Assert.Contains("output of row 1 is NaN", Assert.Throws<NotFiniteNumberException>(() => new PearsonCorrelation().Compute(new Predictions([1, float.NaN], 1, [1, 2]))).Message);
        Assert.Equal(double.NaN, new SpearmanCorrelation().Compute(new Predictions([1, float.NaN], 1, [1, 2])));
        Assert.Throws<ArgumentException>(() => new MeanMetric());
        Assert.Throws<ArgumentException>(() => new MeanMetric(new Accuracy(), new CrossEntropy()));
    }
}
