namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>
/// How often one label, or all together, was there and was predicted. Ratios without a case are 0, as with scikit-learn's
/// zero_division=0.
/// </summary>
/// <param name="TruePositives">There and predicted.</param>
/// <param name="FalsePositives">Predicted only.</param>
/// <param name="FalseNegatives">There only.</param>
internal readonly record struct LabelCounts(long TruePositives, long FalsePositives, long FalseNegatives)
{
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    public double Recall => Ratio(TruePositives, Support);

    /// <summary>2 TP / (2 TP + FP + FN).</summary>
    public double F1 => Ratio(2 * TruePositives, 2 * TruePositives + Errors);

    /// <summary>How often it was there.</summary>
    public long Support => TruePositives + FalseNegatives;

    public long Errors => FalsePositives + FalseNegatives;

    public static LabelCounts operator +(LabelCounts a, LabelCounts b)
        => new(a.TruePositives + b.TruePositives, a.FalsePositives + b.FalsePositives, a.FalseNegatives + b.FalseNegatives);

    /// <summary>One more case.</summary>
    public LabelCounts With(bool there, bool predicted)
        => this + new LabelCounts(there && predicted ? 1 : 0, !there && predicted ? 1 : 0, there && !predicted ? 1 : 0);

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
