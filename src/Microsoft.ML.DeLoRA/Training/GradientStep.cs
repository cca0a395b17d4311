using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Training.Losses;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>What an optimiser step did.</summary>
/// <param name="Loss">The mean loss over all rows of the step, and the method's penalty, before the update.</param>
/// <param name="GradientNorm">The norm of the gradient before it was clipped; not finite: there was no update.</param>
internal readonly record struct StepResult(double Loss, double GradientNorm)
{
    /// <summary>False when loss or gradient were not finite.</summary>
    public bool IsUpdate => double.IsFinite(GradientNorm);
}

/// <summary>
/// One optimiser step: forward and backward over each of its batches, clipping, update. When memory does not suffice, the batches are
/// halved for this and all later steps; the rows of the step, and so what it does, stay the same.
/// </summary>
internal sealed class GradientStep(
    SequenceClassifier model, AdamW optimizer, TrainingLoss trainingLoss, SeededDropout? dropout = null, double? maxGradientNorm = null,
    Action<string>? warn = null, StepCallbacks? callbacks = null)
{
    /// <summary>The most rows of one forward pass; null: whole batches.</summary>
    public int? MaxRows { get; set; }

    /// <summary>Does the step. One that is stopped or fails leaves the random source as it was before.</summary>
    /// <remarks>A loss or a gradient that is not finite makes no update: it would destroy parameters and moments for good.</remarks>
    /// <param name="data">The training set.</param>
    /// <param name="batches">Row numbers by batch.</param>
    /// <param name="step">The step's number, from 0.</param>
    /// <param name="learningRateFactor">The schedule's factor.</param>
    /// <param name="cancellationToken">Stops between batches, without an update.</param>
    public StepResult Run(TrainingData data, int[][] batches, int step, double learningRateFactor, CancellationToken cancellationToken)
    {
        double loss = Gradients(data, batches, cancellationToken);
        if (!double.IsFinite(loss))
            return new StepResult(loss, double.NaN);
        Tell(c => c.AfterBackward(step));
        double norm = maxGradientNorm is { } maximum ? optimizer.ClipGradients(maximum) : optimizer.GradientNorm();
        if (double.IsFinite(norm))
        {
            optimizer.Step(learningRateFactor);
            Tell(c => c.AfterUpdate(step));
        }
        return new StepResult(loss, norm);
    }

    /// <summary>What a step counts in the mean over several.</summary>
    public double Weight(TrainingData data, int[][] batches) => batches.Sum(b => trainingLoss.Weight(data, b));

    private double Gradients(TrainingData data, int[][] batches, CancellationToken cancellationToken)
    {
        DropoutState? random = dropout?.State();
        while (true)
        {
            int[][] parts = [.. batches.SelectMany(b => b.Chunk(MaxRows ?? b.Length))];
            int largest = parts.Max(p => p.Length);
            try
            {
                return Accumulate(data, parts, cancellationToken);
            }
            catch (Exception e)
            {
                dropout?.SetState(random!);
                if (!OutOfMemory.Is(e) || largest == 1)
                    throw;
                MaxRows = (largest + 1) / 2;
                warn?.Invoke($"Memory does not suffice for {largest} rows at once: "
                    + $"from step {optimizer.StepCount + 1} on they are computed {MaxRows} at a time. A step still learns from "
                        + $"{batches.Sum(b => b.Length)} rows.");
            }
        }
    }

    // A part counts by its share of the step's weights, so that an accumulated step equals one large batch.
    private double Accumulate(TrainingData data, int[][] parts, CancellationToken cancellationToken)
    {
        double weight = parts.Sum(p => trainingLoss.Weight(data, p));
        double loss = 0;
        optimizer.ZeroGradients();
        foreach (int[] part in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += Backward(data, part, trainingLoss.Weight(data, part) / weight);
        }
        return callbacks is null ? loss : loss + BackwardPenalty(callbacks);
    }

    private double Backward(TrainingData data, int[] rows, double share)
    {
        using var scope = NewDisposeScope();
        using PackedBatch batch = data.Batch(rows, model.Encoder.Configuration, model.Encoder.Device);
        Tensor loss = trainingLoss.Mean(model.Forward(batch, dropout), data, rows).Times(share);
        loss.backward();
        return loss.Number();
    }

    private static double BackwardPenalty(StepCallbacks callbacks)
    {
        using var scope = NewDisposeScope();
        if (callbacks.Penalty() is not { } penalty)
            return 0;
        penalty.backward();
        return penalty.Number();
    }

    private void Tell(Action<StepCallbacks> what)
    {
        if (callbacks is null)
            return;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        what(callbacks);
    }
}
