namespace Microsoft.ML.DeLoRA;

/// <summary>Ends a run whose selection metric no longer gets better; needs a validation set.</summary>
public sealed record EarlyStopping
{
    /// <summary>Evaluations in a row without improvement after which the run ends; default 3.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>What the metric has to gain on the best one before to count as improvement; default 0: any gain.</summary>
    public double MinDelta { get; init; }

    internal void Validate()
    {
        TrainingOptions.Require(Patience >= 1, "EarlyStopping.Patience", Patience, "at least 1");
        TrainingOptions.Require(MinDelta is >= 0 and < double.PositiveInfinity, "EarlyStopping.MinDelta", MinDelta,
            "a finite number of at least 0");
    }

    /// <summary>True when the last <see cref="Patience"/> evaluations brought no improvement. NaN is none.</summary>
    internal bool IsOver(IEnumerable<double> metrics, bool higherIsBetter)
    {
        double best = double.NegativeInfinity;
        int without = 0;
        foreach (double metric in metrics)
        {
            double value = higherIsBetter ? metric : -metric;
            bool improved = double.IsNegativeInfinity(best) ? value > best : value - best > MinDelta;
            without = improved ? 0 : without + 1;
            best = improved ? value : best;
        }
        return without >= Patience;
    }
}
