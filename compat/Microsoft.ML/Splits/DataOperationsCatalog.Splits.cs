namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    public struct TrainTestData
    {
        public readonly IDataView TrainSet;

        public readonly IDataView TestSet;

        internal TrainTestData(IDataView trainSet, IDataView testSet)
        {
            TrainSet = trainSet;
            TestSet = testSet;
        }
    }

    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckParam(0 < testFraction && testFraction < 1, nameof(testFraction), "Must be between 0 and 1 exclusive");
        RowPositions positions = RowPositions.For(_env, data, samplingKeyColumnName, seed);
        return Split(_env, data, positions, new SplitRange(double.NegativeInfinity, testFraction, IncludeUpper: false));
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null,
        int? seed = null) =>
        CrossValidationSplit(_env, data, numberOfFolds, samplingKeyColumnName, seed);

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckParam(shufflePoolSize > 0, nameof(shufflePoolSize), "Must be positive");
        return new RowShufflingView(_env, input, seed, shufflePoolSize, shuffleSource);
    }

    /// <summary>A row exactly on the bound of two folds is in the test set of both.</summary>
    internal static IReadOnlyList<TrainTestData> CrossValidationSplit(IHostEnvironment env, IDataView data, int numberOfFolds,
        string samplingKeyColumnName, int? seed)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckParam(numberOfFolds > 1, nameof(numberOfFolds), "Must be more than 1");
        RowPositions positions = RowPositions.For(env, data, samplingKeyColumnName, seed);
        double fraction = 1.0 / numberOfFolds;
        return Enumerable.Range(0, numberOfFolds)
            .Select(fold => new SplitRange(
                fold == 0 ? double.NegativeInfinity : fraction * fold,
                fold == numberOfFolds - 1 ? double.PositiveInfinity : fraction * (fold + 1),
                IncludeUpper: true))
            .Select(range => Split(env, data, positions, range))
            .ToArray();
    }

    private static TrainTestData Split(IHostEnvironment env, IDataView data, RowPositions positions, SplitRange test) => new(
        new SplitView(env, data, positions, test, complement: true),
        new SplitView(env, data, positions, test, complement: false));
}
