namespace Microsoft.ML.DeLoRA.Tests.Evaluation;

public class MetricTests
{
    // Two rows right, one wrong; the loss worked out by hand.
    private static readonly Predictions _classes = new([2, 1, 0, 0, 0, 1, 5, 1, 0], 3, [0, 2, 1]);
    private static readonly Predictions _values = new([1, 2, 4], 1, [1, 4, 3]);

    public static TheoryData<IMetric, double, bool> Rows() => new()
    {
        { new Accuracy(), 2.0 / 3, true },
        { new CrossEntropy(), (-Math.Log(Math.E * Math.E / (Math.E * Math.E + Math.E + 1)) - Math.Log(Math.E / (2
            + Math.E)) - Math.Log(Math.E / (Math.Exp(5) + Math.E + 1))) / 3, false },
        { new MeanSquaredError(), 5.0 / 3, false },
        { new MatthewsCorrelation(), 3 / Math.Sqrt(24), true },
        { new MacroF1(), (2.0 / 3 + 1 + 0) / 3, true },
        { new PearsonCorrelation(), 0.5, true },
        { new SpearmanCorrelation(), 0.5, true },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_metric_gives_the_figure(IMetric metric, double expected, bool higherIsBetter)
    {
        Assert.Equal(expected, metric.Compute(metric is MeanSquaredError or PearsonCorrelation or SpearmanCorrelation ? _values : _classes),
            1e-7);
        Assert.Equal(higherIsBetter, metric.HigherIsBetter);
        Assert.NotEmpty(metric.Name);
    }

    /// <summary>A metric, the task that it is for, and how many classes.</summary>
    public static TheoryData<IMetric, MetricTask, int> Tasks() => new()
    {
        { new Accuracy(), MetricTask.Classes, 3 },
        { new CrossEntropy(), MetricTask.Classes, 3 },
        { new MatthewsCorrelation(), MetricTask.Classes, 3 },
        { new F1Score(), MetricTask.Classes, 2 },
        { new MeanMetric(new Accuracy(), new F1Score()), MetricTask.Classes, 2 },
        { new MeanSquaredError(), MetricTask.Numbers, 1 },
        { new PearsonCorrelation(), MetricTask.Numbers, 1 },
        { new SpearmanCorrelation(), MetricTask.Numbers, 1 },
        { new MicroF1(), MetricTask.Labels, 1 },
        { new LabelCrossEntropy(), MetricTask.Labels, 3 },
    };

    [Theory]
    [MemberData(nameof(Tasks))]
    public void A_metric_is_for_one_task(IMetric metric, MetricTask task, int outputs)
    {
        Assert.Null(metric.Misfit(task, outputs));
        Assert.All(Enum.GetValues<MetricTask>().Where(t => t != task), t => Assert.StartsWith("it is for ", metric.Misfit(t, outputs)));
    }

    [Fact]
    public void Macro_F1_is_for_classes_and_for_labels()
    {
        Assert.Null(new MacroF1().Misfit(MetricTask.Classes, 3));
        Assert.Null(new MacroF1().Misfit(MetricTask.Labels, 3));
        Assert.StartsWith("it is for ", new MacroF1().Misfit(MetricTask.Numbers, 1));
    }

    [Fact]
    public void F1_is_for_two_classes_and_a_metric_of_ones_own_for_all()
    {
        Assert.Equal("it is for two classes, and there are 3", new MeanMetric(new Accuracy(), new F1Score()).Misfit(MetricTask.Classes, 3));
        Assert.Null(((IMetric)new Constant()).Misfit(MetricTask.Numbers, 1));
    }

    [Fact]
    public void Macro_F1_leaves_classes_out_that_do_not_occur()
    {
        // Class 0: 2 of 2 + 1; class 1: none right; class 2 occurs nowhere.
        Assert.Equal((0.8 + 0) / 2, new MacroF1().Compute(new Predictions([1, 0, 0, 1, 0, 0, 1, 0, 0], 3, [0, 0, 1])), 1e-12);
        Assert.Equal(1, new MacroF1().Compute(new Predictions([0, 0, 1], 3, [2])));
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
        Assert.Throws<ArgumentException>(() => new MeanMetric());
        Assert.Throws<ArgumentException>(() => new MeanMetric(new Accuracy(), new CrossEntropy()));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_is_refused_once_for_all_metrics(float wrong)
    {
        string Refused(Func<object> create) => Assert.ThrowsAny<NotFiniteNumberException>(create).Message;
        Assert.Contains(FormattableString.Invariant($"output of row 1 is {wrong}"), Refused(() => new Predictions([1, wrong], 1, [1, 2])));
        Assert.Contains(FormattableString.Invariant($"output 1 of row 2 is {wrong}"),
            Refused(() => new Predictions([1, 2, 3, 4, 5, wrong], 2, [0, 1, 0])));
        Assert.Contains(FormattableString.Invariant($"target of row 0 is {wrong}"), Refused(() => new Predictions([1, 2], 1, [wrong, 2])));
    }

    private sealed class Constant : IMetric
    {
        public string Name => "constant";

        public bool HigherIsBetter => true;

        public double Compute(Predictions predictions) => 1;
    }
}
