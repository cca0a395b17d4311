namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>The linear correlation of two rows of numbers.</summary>
internal static class Correlation
{
    /// <summary>From -1 to 1; NaN when one of the rows is constant.</summary>
    public static double Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length < 2 || IsConstant(x) || IsConstant(y))
            return double.NaN;
        double[] first = Normalized(x), second = Normalized(y);
        double sum = 0;
        for (int i = 0; i < first.Length; i++)
            sum += first[i] * second[i];
        return Math.Clamp(sum, -1, 1);
    }

    private static bool IsConstant(ReadOnlySpan<double> values) => !values.ContainsAnyExcept(values[0]);

    // Less the mean, then of length 1. Normalised before they are multiplied, products of large numbers cannot overflow.
    private static double[] Normalized(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        double mean = sum / values.Length;
        var result = new double[values.Length];
        double squares = 0;
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = values[i] - mean;
            squares += result[i] * result[i];
        }
        double length = Math.Sqrt(squares);
        for (int i = 0; i < result.Length; i++)
            result[i] /= length;
        return result;
    }
}
