namespace Microsoft.ML.DeLoRA;

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

    /// <summary>
    /// Why the figure says nothing about a task, such as <c>it is for two classes, and there are 3</c>; null (default) when it does. Asked
    /// before training starts.
    /// </summary>
    /// <param name="task">What the model says about each row.</param>
    /// <param name="outputCount">Outputs of each row: the number of classes or labels, or 1 in regression.</param>
    string? Misfit(MetricTask task, int outputCount) => null;
}
