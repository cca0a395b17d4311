using System.Globalization;

namespace Microsoft.ML.DeLoRA;

/// <summary>How one epoch went, or its part up to an evaluation within it.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainingLoss">Mean loss over the epoch's rows so far, each measured before its step.</param>
/// <param name="ValidationLoss">Mean loss over the whole validation set after the step; null without one.</param>
/// <param name="ValidationMetric">The selection metric over the whole validation set; null without one.</param>
public sealed record EpochResult(int Epoch, double TrainingLoss, double? ValidationLoss, double? ValidationMetric)
{
    /// <summary>The step, from 1, after which this was measured.</summary>
    public int Step { get; init; }

    /// <summary>One line, such as <c>epoch 2, step 14: loss 0.4312, validation loss 0.5120, metric 0.8125</c>.</summary>
    public override string ToString() => Text("metric");

    internal string Text(string metricName)
    {
        string validation = ValidationMetric is null ? ""
            : string.Create(CultureInfo.InvariantCulture, $", validation loss {ValidationLoss:F4}, {metricName} {ValidationMetric:F4}");
        return string.Create(CultureInfo.InvariantCulture, $"epoch {Epoch}, step {Step}: loss {TrainingLoss:F4}{validation}");
    }
}
