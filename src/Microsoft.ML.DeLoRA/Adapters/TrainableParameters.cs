using System.Globalization;
using Microsoft.ML.DeLoRA.Encoders;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>How many numbers training changes.</summary>
/// <param name="Trainable">Those of the adapters, of the encoder's own that train, and of the head.</param>
/// <param name="All">Those and the frozen ones of the encoder.</param>
public sealed record TrainableParameters(long Trainable, long All)
{
    /// <summary>Counts.</summary>
    /// <param name="model">Encoder and head.</param>
    /// <param name="adapters">The adapters on the encoder; null: the head only.</param>
    public static TrainableParameters Count(SequenceClassifier model, AdapterSet? adapters)
    {
        ArgumentNullException.ThrowIfNull(model);
        long head = Sum(model.Head.Parameters);
        long own = Sum(adapters?.EncoderParameters ?? []);
        long added = Sum(adapters?.Adapters.SelectMany(a => a.Parameters) ?? []);
        return new TrainableParameters(head + own + added, head + added + Sum(model.Encoder.Parameters));
    }

    /// <summary>As PEFT prints it: <c>trainable params: 887,042 || all params: 125,534,212 || trainable%: 0.7066</c>.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"trainable params: {Trainable:N0} || all params: {All:N0} || trainable%: {100.0 * Trainable / All:F4}");

    private static long Sum(IEnumerable<ModelParameter> parameters) => parameters.Sum(p => p.Value.numel());
}
