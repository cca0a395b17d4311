namespace Microsoft.ML;

public sealed partial class MulticlassClassificationCatalog
{
    public MulticlassClassificationMetrics Evaluate(IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel", int topKPredictionCount = 0)
    {
        Contracts.CheckValue(data, nameof(data));
        EvaluationColumns.CheckName(labelColumnName, nameof(labelColumnName));
        EvaluationColumns.CheckName(scoreColumnName, nameof(scoreColumnName));
        EvaluationColumns.CheckName(predictedLabelColumnName, nameof(predictedLabelColumnName));
        Contracts.CheckParam(topKPredictionCount >= 0, nameof(topKPredictionCount), "Must be non-negative");

        DataViewSchema.Column label = EvaluationColumns.Find(data.Schema, labelColumnName, "Label");
        DataViewSchema.Column score = EvaluationColumns.Find(data.Schema, scoreColumnName, "Score");
        // The prediction is the highest score; the column only has to be there.
        EvaluationColumns.Find(data.Schema, predictedLabelColumnName, "PredictedLabel");
        EvaluationColumns.CheckType(label, "label", label.Type is KeyDataViewType || label.Type == NumberDataViewType.Single, "Single or Key");
        bool isScore = score.Type is VectorDataViewType { Size: >= 2 } vector && vector.ItemType == NumberDataViewType.Single;
        EvaluationColumns.CheckType(score, "score", isScore, "vector of two or more items of type Single");

        int classes = ((VectorDataViewType)score.Type).Size;
        MulticlassAggregator aggregator = Aggregate(data, label, score, classes);
        return new MulticlassClassificationMetrics(aggregator, ClassNames(score, classes), topKPredictionCount);
    }

    public IReadOnlyList<CrossValidationResult<MulticlassClassificationMetrics>> CrossValidate(IDataView data, IEstimator<ITransformer> estimator,
        int numberOfFolds = 5, string labelColumnName = "Label", string samplingKeyColumnName = null, int? seed = null)
    {
        EvaluationColumns.CheckName(labelColumnName, nameof(labelColumnName));
        return CrossValidate(data, estimator, numberOfFolds, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));
    }

    private static MulticlassAggregator Aggregate(IDataView data, DataViewSchema.Column label, DataViewSchema.Column score, int classes)
    {
        var aggregator = new MulticlassAggregator(classes);
        using DataViewRowCursor cursor = data.GetRowCursor([label, score]);
        Func<long?> labels = EvaluationColumns.ClassGetter(cursor, label);
        ValueGetter<VBuffer<float>> scoreGetter = cursor.GetGetter<VBuffer<float>>(score);
        VBuffer<float> value = default;
        var scores = new float[classes];
        while (cursor.MoveNext())
        {
            if (labels() is not { } truth)
                continue;
            scoreGetter(ref value);
            if (value.Length != classes)
                throw new InvalidOperationException();
            value.CopyTo(scores);
            if (scores.All(float.IsFinite))
                aggregator.Add(truth, scores);
        }
        return aggregator;
    }

    private static string[] ClassNames(DataViewSchema.Column score, int classes)
    {
        bool named = score.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.SlotNames) is { Type: VectorDataViewType vector }
            && vector.Size == classes && vector.ItemType is TextDataViewType;
        if (!named)
            return Enumerable.Range(0, classes).Select(i => i.ToString()).ToArray();
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref names);
        return names.DenseValues().Select(name => name.ToString()).ToArray();
    }
}
