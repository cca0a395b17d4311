using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeLoRA;

/// <summary>What a training run did.</summary>
/// <param name="Epochs">How each epoch went.</param>
/// <param name="Best">
/// The epoch, or evaluation within one, whose parameters the model has now: the one with the best validation metric (of equal ones that
/// with the lower validation loss), the last one without a validation set.
/// </param>
/// <param name="MetricName">The name of the selection metric.</param>
/// <param name="RowsPerSecond">Training rows by second, validation not counted.</param>
/// <param name="TrainedParameterCount">Number of elements trained.</param>
public sealed record TrainingResult(
    IReadOnlyList<EpochResult> Epochs, EpochResult Best, string MetricName, double RowsPerSecond, long TrainedParameterCount)
{
    /// <summary>All evaluations of the validation set in order, at the epochs' ends and within; empty without one.</summary>
    public IReadOnlyList<EpochResult> Evaluations { get; init; } = [];

    /// <summary>True when <see cref="TrainingOptions.EarlyStopping"/> ended the run.</summary>
    public bool StoppedEarly { get; init; }

    /// <summary>What was trained and which epoch was kept, then a line for each evaluation and epoch.</summary>
    public override string ToString()
    {
        string stopped = StoppedEarly ? ", stopped early" : "";
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"{TrainedParameterCount:N0} parameters trained in {Epochs.Count} epochs{stopped}, {RowsPerSecond:F0} rows/s; "
                + $"kept: {Best.Text(MetricName)}");
        foreach (EpochResult result in Evaluations.Concat(Epochs).DistinctBy(r => (r.Epoch, r.Step)).OrderBy(r => (r.Epoch, r.Step)))
            text.AppendLine().Append("  ").Append(result.Text(MetricName));
        return text.ToString();
    }
}
