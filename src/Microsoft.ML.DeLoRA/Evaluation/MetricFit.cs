namespace Microsoft.ML.DeLoRA.Evaluation;

/// <summary>Which metrics are for which tasks.</summary>
internal static class MetricFit
{
    /// <summary>Why a metric for one task is none for another; null when it is the same task.</summary>
    public static string? Against(this MetricTask own, MetricTask task)
        => own == task ? null : $"it is for {Text(own)}, and the task here has {Text(task)}";

    /// <summary>Refuses a metric that is not for a task, before any work is done for it.</summary>
    /// <exception cref="ArgumentException">It is not; the message says why.</exception>
    public static void Require(IMetric metric, MetricTask task, int outputCount)
    {
        if (metric.Misfit(task, outputCount) is { } reason)
            throw new ArgumentException($"The metric '{metric.Name}' cannot choose the best epoch: {reason}. "
                + "Choose another, or leave it out for the task's own.", nameof(metric));
    }

    private static string Text(MetricTask task) => task switch
    {
        MetricTask.Classes => "one class for each row",
        MetricTask.Numbers => "numbers (regression)",
        _ => "any number of labels for each row (multi-label)",
    };
}
