namespace Microsoft.ML;

public sealed partial class RegressionCatalog
{
    public RegressionMetrics Evaluate(IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        Contracts.CheckValue(data, nameof(data));
        EvaluationColumns.CheckName(labelColumnName, nameof(labelColumnName));
        EvaluationColumns.CheckName(scoreColumnName, nameof(scoreColumnName));
        DataViewSchema.Column label = EvaluationColumns.Find(data.Schema, labelColumnName, "Label");
        DataViewSchema.Column score = EvaluationColumns.Find(data.Schema, scoreColumnName, "Score");
        EvaluationColumns.CheckType(label, "label", label.Type == NumberDataViewType.Single, "Single");
        EvaluationColumns.CheckType(score, "score", score.Type == NumberDataViewType.Single, "Single");

        var aggregator = new RegressionAggregator();
        using DataViewRowCursor cursor = data.GetRowCursor([label, score]);
        ValueGetter<float> labelGetter = cursor.GetGetter<float>(label);
        ValueGetter<float> scoreGetter = cursor.GetGetter<float>(score);
        float truth = default;
        float prediction = default;
        while (cursor.MoveNext())
        {
            labelGetter(ref truth);
            scoreGetter(ref prediction);
            if (!float.IsNaN(truth) && !float.IsNaN(prediction))
                aggregator.Add(truth, prediction);
        }
        return new RegressionMetrics(aggregator);
    }

    public IReadOnlyList<CrossValidationResult<RegressionMetrics>> CrossValidate(IDataView data, IEstimator<ITransformer> estimator,
        int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null, int? seed = null)
    {
        EvaluationColumns.CheckName(labelColumnName, nameof(labelColumnName));
        return CrossValidate(data, estimator, numberOfFolds, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));
    }
}
