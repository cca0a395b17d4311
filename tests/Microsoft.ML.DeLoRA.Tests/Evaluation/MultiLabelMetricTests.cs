namespace Microsoft.ML.DeLoRA.Tests.Evaluation;

public class MultiLabelMetricTests
{
    [Fact]
    public void Figures_by_hand()
    {
        // Right: one of the first row and one of the second; one missed, one too many.
        var predictions = new Predictions([1, -1, 2, -3, 0.5f, -1], 3, [1, 1, 0, 0, 1, 0], targetCount: 3);
        Assert.Equal(2, predictions.Count);
        Assert.Equal(2.0 * 2 / (2 * 2 + 1 + 1), new MicroF1().Compute(predictions), 12);
        // By label: right; right and missed; too many.
        Assert.Equal((1 + 2.0 / 3 + 0) / 3, new MacroF1().Compute(predictions), 12);
        double[] against = [-1, 1, 2, -3, -0.5, -1];
        Assert.Equal(against.Average(x => Math.Log(1 + Math.Exp(x))), new LabelCrossEntropy().Compute(predictions), 12);
        Assert.Equal(0, new MacroF1().Compute(new Predictions([-1, -1], 2, [0, 0], targetCount: 2)));
        Assert.Equal(0, new MicroF1().Compute(new Predictions([-1, -1], 2, [0, 0], targetCount: 2)));
        Assert.True(double.IsFinite(new LabelCrossEntropy().Compute(new Predictions([1000, -1000], 2, [0, 1], targetCount: 2))));
    }
}
