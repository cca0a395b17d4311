using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Says whether a model is still of use after an update: are its trained parameters finite, and what it gives with them?</summary>
internal sealed class Soundness(SequenceClassifier model, AdamW optimizer, TrainingData training)
{
    /// <summary>What is wrong with parameters or outputs, as the beginning of a sentence; null when both are finite.</summary>
    /// <param name="batches">The training rows, by batch, for which outputs are computed, without dropout.</param>
    /// <param name="maxRows">The most rows of one forward pass; null: whole batches.</param>
    public string? Fault(int[][] batches, int? maxRows) => ParameterFault()
        ?? (batches.All(rows => rows.Chunk(maxRows ?? rows.Length).All(OutputsAreFinite)) ? null
            : "What the model puts out for the step's own rows became infinite or NaN with the update");

    /// <summary>Which trained parameter is not finite, in the same form; null when all are.</summary>
    public string? ParameterFault() => optimizer.NotFinite() is { } found
        ? FormattableString.Invariant($"Parameter '{found.Name}' became {found.Value} with the update") : null;

    /// <summary>What helps where rows give an infinite loss with sound parameters; null: nothing that is known.</summary>
    public string? AdviceFor(int[][] batches)
    {
        float largest = training.ClassCount > 0 ? 0 : batches.SelectMany(b => b).Max(row => Math.Abs(training.TargetsOf(row)[0]));
        return largest > 1e6 ? FormattableString.Invariant(
            $"The values of these rows go up to {largest:g3}, whose squares are too large: scale the values to about -10 to 10.") : null;
    }

    private bool OutputsAreFinite(int[] rows)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        using PackedBatch batch = training.Batch(rows, model.Encoder.Configuration, model.Encoder.Device);
        return FiniteTensors.IsFinite(model.Forward(batch));
    }
}
