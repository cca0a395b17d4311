using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Runs a model over a whole data set without dropout or gradients.</summary>
internal static class Evaluator
{
    /// <summary>The model's outputs for every row, in the data's order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The rows.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">A row's tokens do not fit the model; the message names it.</exception>
    /// <exception cref="NotFiniteNumberException">An output is NaN or infinite; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Predictions Predict(SequenceClassifier model, TrainingData data, CancellationToken cancellationToken = default)
    {
        data.RequireFits(model.Encoder.Configuration, nameof(data));
        int outputs = model.Head.Outputs;
        var result = new float[(long)data.Count * outputs];
        using IDisposable noGrad = no_grad();
        foreach (int[] rows in LengthSortedBatches.Create(data.Count, data.Length))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using PackedBatch batch = data.Batch(rows, model.Encoder.Configuration, model.Encoder.Device);
            float[] own = model.Forward(batch).cpu().data<float>().ToArray();
            for (int i = 0; i < rows.Length; i++)
                own.AsSpan(i * outputs, outputs).CopyTo(result.AsSpan(rows[i] * outputs));
        }
        return new Predictions(result, outputs, data.Targets.ToArray(), data.TargetCount, data.NameOf);
    }
}
