namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>A figure that says how good predictions are.</summary>
/// <remarks>Implementations hold no state, so one instance may be used by several threads.</remarks>
public interface IMetric
{
    /// <summary>The name to show, such as <c>accuracy</c>.</summary>
    string Name { get; }

    /// <summary>True when a larger figure is a better one.</summary>
    bool HigherIsBetter { get; }

    /// <summary>The figure over all rows.</summary>
    double Compute(Predictions predictions);
}
