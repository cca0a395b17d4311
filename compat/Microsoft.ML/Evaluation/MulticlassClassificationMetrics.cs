namespace Microsoft.ML.Data;

public sealed class MulticlassClassificationMetrics
{
    internal MulticlassClassificationMetrics(MulticlassAggregator aggregator, string[] classNames, int topKPredictionCount)
    {
        ConfusionMatrix = new ConfusionMatrix(aggregator.Counts, classNames);
        LogLoss = aggregator.LogLoss;
        LogLossReduction = aggregator.LogLossReduction;
        MacroAccuracy = aggregator.MacroAccuracy;
        MicroAccuracy = aggregator.MicroAccuracy;
        PerClassLogLoss = aggregator.PerClassLogLoss;
        TopKPredictionCount = topKPredictionCount;
        if (topKPredictionCount == 0)
            return;
        TopKAccuracyForAllK = aggregator.TopKAccuracies(topKPredictionCount);
        TopKAccuracy = TopKAccuracyForAllK[^1];
    }

    public double LogLoss { get; }

    public double LogLossReduction { get; }

    public double MacroAccuracy { get; }

    public double MicroAccuracy { get; }

    public double TopKAccuracy { get; }

    public int TopKPredictionCount { get; }

    public IReadOnlyList<double> TopKAccuracyForAllK { get; }

    public IReadOnlyList<double> PerClassLogLoss { get; }

    public ConfusionMatrix ConfusionMatrix { get; }
}
