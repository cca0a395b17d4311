namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>Counts, row by row, which labels were there and which were predicted.</summary>
/// <param name="labelCount">Number of labels.</param>
internal sealed class MultiLabelCounter(int labelCount)
{
    private readonly LabelCounts[] _counts = new LabelCounts[labelCount];

    public int Rows { get; private set; }

    /// <summary>Rows whose labels were all right.</summary>
    public int ExactRows { get; private set; }

    /// <summary>The counts of each label.</summary>
    public IReadOnlyList<LabelCounts> Labels => _counts;

    /// <summary>F1 over all rows and labels together.</summary>
    public double MicroF1 => Total.F1;

    /// <summary>The mean of the labels' F1.</summary>
    public double MacroF1 => _counts.Average(c => c.F1);

    public LabelCounts Total => _counts.Aggregate((a, b) => a + b);

    /// <summary>
    /// The counts of a model's predictions: a label is predicted where its logit is above 0 (probability above one half).
    /// </summary>
    public static MultiLabelCounter Of(Predictions predictions)
    {
        int labels = predictions.OutputCount;
        var counter = new MultiLabelCounter(labels);
        var (there, predicted) = (new bool[labels], new bool[labels]);
        for (int row = 0; row < predictions.Count; row++)
        {
            ReadOnlySpan<float> logits = predictions.Outputs(row);
            for (int label = 0; label < labels; label++)
                (there[label], predicted[label]) = (predictions.Targets[row * labels + label] > 0, logits[label] > 0);
            counter.Add(there, predicted);
        }
        return counter;
    }

    /// <summary>Counts one more row.</summary>
    /// <exception cref="ArgumentException">It has another number of labels.</exception>
    public void Add(IReadOnlyList<bool> there, IReadOnlyList<bool> predicted)
    {
        if (there.Count != _counts.Length || predicted.Count != _counts.Length)
            throw new ArgumentException($"Row {Rows} (from 0) has {there.Count} labels and {predicted.Count} predictions; "
                + $"each row needs one of both for each of the {_counts.Length} labels.");
        bool exact = true;
        for (int label = 0; label < _counts.Length; label++)
        {
            _counts[label] = _counts[label].With(there[label], predicted[label]);
            exact &= there[label] == predicted[label];
        }
        Rows++;
        ExactRows += exact ? 1 : 0;
    }
}
