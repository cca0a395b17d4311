namespace Microsoft.ML.DeLoRA.Tests.Evaluation;

/// <summary>Figures worked out by hand from scikit-learn's definitions (zero_division=0).</summary>
public class MultiLabelReportTests
{
    private const bool Yes = true, No = false;

    private static readonly bool[][] _labels = [[Yes, No, No], [Yes, Yes, No], [No, Yes, No], [No, No, No]];
    private static readonly bool[][] _predicted = [[Yes, No, No], [No, Yes, Yes], [No, Yes, No], [Yes, No, No]];

    [Fact]
    public void Figures_by_hand()
    {
        var report = MultiLabelReport.Create(_labels, _predicted, ["a", "b", "c"]);
        Assert.Equal(4, report.RowCount);
        // TP 1 + 2 + 0, FP 1 + 0 + 1, FN 1 + 0 + 0.
        Assert.Equal(6.0 / 9, report.MicroF1, 12);
        Assert.Equal((0.5 + 1 + 0) / 3, report.MacroF1, 12);
        Assert.Equal(2.0 / 4, report.SubsetAccuracy, 12);
        Assert.Equal(3.0 / 12, report.HammingLoss, 12);
        Assert.Equal(new LabelFigures("a", 0.5, 0.5, 0.5, 2), report.Labels[0]);
        Assert.Equal(new LabelFigures("b", 1, 1, 1, 2), report.Labels[1]);
        // Predicted once, never there.
        Assert.Equal(new LabelFigures("c", 0, 0, 0, 0), report.Labels[2]);
    }

    [Fact]
    public void Nothing_there_and_nothing_predicted_is_exact_but_has_no_F1()
    {
        var report = MultiLabelReport.Create([[No, No]], [[No, No]]);
        Assert.Equal((0, 0, 1, 0), (report.MicroF1, report.MacroF1, report.SubsetAccuracy, report.HammingLoss));
        Assert.Equal([new LabelFigures("0", 0, 0, 0, 0), new LabelFigures("1", 0, 0, 0, 0)], report.Labels);
    }

    [Fact]
    public void All_right_and_all_wrong()
    {
        var right = MultiLabelReport.Create([[Yes], [No]], [[Yes], [No]]);
        Assert.Equal((1, 1, 1, 0), (right.MicroF1, right.MacroF1, right.SubsetAccuracy, right.HammingLoss));
        var wrong = MultiLabelReport.Create([[Yes], [No]], [[No], [Yes]]);
        Assert.Equal((0, 0, 0, 1), (wrong.MicroF1, wrong.MacroF1, wrong.SubsetAccuracy, wrong.HammingLoss));
        Assert.Equal(new LabelFigures("0", 0, 0, 0, 1), wrong.Labels[0]);
    }

    [Theory]
    [InlineData(0.5f, 1)]
    [InlineData(0.25f, 0)]
    [InlineData(0.75f, 0)]
    public void A_probability_must_be_above_the_threshold(float threshold, double exact)
        => Assert.Equal(exact, MultiLabelReport.Create([[Yes, No, No]], [[0.75f, 0.5f, 0.125f]], threshold).SubsetAccuracy);

    [Fact]
    public void A_probability_that_is_not_finite_is_refused_and_not_taken_for_a_small_one()
        => Assert.Contains("output 1 of row 1 is NaN", Assert.ThrowsAny<NotFiniteNumberException>(
            () => MultiLabelReport.Create([[Yes, No], [Yes, No]], [[0.75f, 0.5f], [0.5f, float.NaN]], 0.5f)).Message);

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Contains("no row", Assert.Throws<ArgumentException>(() => MultiLabelReport.Create([], (bool[][])[])).Message);
        Assert.Contains("no label", Assert.Throws<ArgumentException>(() => MultiLabelReport.Create([[]], (bool[][])[[]])).Message);
        Assert.Contains("4 rows of labels and 1",
            Assert.Throws<ArgumentException>(() => MultiLabelReport.Create(_labels, [_predicted[0]])).Message);
        Assert.Contains("Row 1 (from 0) has 1 labels and 2",
            Assert.Throws<ArgumentException>(() => MultiLabelReport.Create([[Yes, No], [No]], [[No, No], [No, No]])).Message);
        Assert.Contains("2 names for 3 labels",
            Assert.Throws<ArgumentException>(() => MultiLabelReport.Create(_labels, _predicted, ["a", "b"])).Message);
        Assert.Throws<ArgumentNullException>(() => MultiLabelReport.Create(null!, _predicted));
        Assert.Throws<ArgumentNullException>(() => MultiLabelReport.Create(_labels, (bool[][])null!));
    }
}
