using Microsoft.ML.DeLoRA.Encoders;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>One optimiser step: forward and backward over each of its batches, clipping, update.</summary>
internal sealed class GradientStep(SequenceClassifier model, AdamW optimizer, Dropout? dropout, double? maxGradientNorm)
{
    /// <summary>Does the step.</summary>
    /// <param name="data">The training set.</param>
    /// <param name="batches">Row numbers by batch.</param>
    /// <param name="learningRateFactor">The schedule's factor.</param>
    /// <param name="cancellationToken">Stops between batches, without an update.</param>
    /// <returns>The mean loss over all rows of the step, before the update; not finite: there was no update.</returns>
    public double Run(TrainingData data, int[][] batches, double learningRateFactor, CancellationToken cancellationToken)
    {
        int rows = batches.Sum(b => b.Length);
        double loss = 0;
        optimizer.ZeroGradients();
        foreach (int[] batch in batches)
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += Backward(data, batch, (double)batch.Length / rows);
        }
        if (!double.IsFinite(loss))
            return loss;
        if (maxGradientNorm is { } maximum)
            optimizer.ClipGradients(maximum);
        optimizer.Step(learningRateFactor);
        return loss;
    }

    // A batch counts by its share of the step's rows, so that an accumulated step equals one large batch.
    private double Backward(TrainingData data, int[] rows, double share)
    {
        using var scope = NewDisposeScope();
        using PackedBatch batch = data.Batch(rows, model.Encoder.Configuration.PadId, model.Encoder.Device);
        Tensor loss = data.Loss(model.Forward(batch, dropout), rows) * share;
        loss.backward();
        return loss.ToDouble();
    }
}
