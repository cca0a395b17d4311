namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>How far results of several seeds lie apart.</summary>
internal static class SampleDeviation
{
    /// <summary>The root of the squares' sum over n - 1; null for fewer than two values.</summary>
    public static double? Of(IReadOnlyCollection<double> values)
    {
        double mean = values.Count == 0 ? 0 : values.Average();
        return values.Count < 2 ? null : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }
}
