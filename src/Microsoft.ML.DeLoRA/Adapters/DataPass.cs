using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// A look at training rows before training begins: a method is given, batch by batch, what its layers read in the base model, until it has
/// seen enough. Then it says how its adapters start.
/// </summary>
/// <remarks>Made and disposed by one run, and called on its thread, without gradient or dropout, in a dispose scope.</remarks>
public abstract class DataPass : IDisposable
{
    /// <summary>The most batches that a pass looks at.</summary>
    internal const int MostBatches = 1000;

    /// <summary>The layers whose inputs are wanted of the next batch; none: enough was seen.</summary>
    public abstract IReadOnlyCollection<AdaptableLinear> Layers { get; }

    /// <summary>Takes the inputs of one of the layers.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">
    /// x, [tokens, in], of all tokens of the batch. Layers that read the same, such as query, key and value, get the same object.
    /// </param>
    public abstract void Take(AdaptableLinear layer, Tensor inputs);

    /// <summary>All layers have got their inputs of a batch. Default: nothing.</summary>
    public virtual void EndBatch()
    {
    }

    /// <summary>What was found.</summary>
    /// <param name="isEnough">False when <see cref="Layers"/> asked for more than there is.</param>
    /// <exception cref="ArgumentException">What was seen does not suffice; the message says what would.</exception>
    public abstract DataStart Finish(bool isEnough);

    /// <summary>Frees what was kept.</summary>
    public abstract void Dispose();

    /// <summary>Looks at batches until the method has seen enough.</summary>
    internal DataStart Run(PackedEncoder encoder, IEnumerable<PackedBatch> batches)
    {
        using IDisposable noGrad = no_grad();
        foreach (PackedBatch batch in batches.Take(MostBatches))
        {
            using (batch)
                Look(encoder, batch);
            if (Layers.Count == 0)
                break;
        }
        return Finish(Layers.Count == 0);
    }

    private void Look(PackedEncoder encoder, PackedBatch batch)
    {
        using var scope = NewDisposeScope();
        AdaptableLinear[] layers = [.. Layers];
        foreach (AdaptableLinear layer in layers)
            layer.Adapter = new Tap(this, layer);
        try
        {
            // All tokens, in the last layer too.
            encoder.Forward(batch);
        }
        finally
        {
            foreach (AdaptableLinear layer in layers)
                layer.Adapter = null;
        }
        EndBatch();
    }

    private sealed class Tap(DataPass pass, AdaptableLinear layer) : ILinearAdapter
    {
        public Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            pass.Take(layer, input);
            return baseOutput;
        }
    }
}

/// <summary>How adapters start, as a <see cref="DataPass"/> found it.</summary>
/// <param name="Method">The method with the options that were found, which a saved model has; the same object when there are none.</param>
/// <param name="Values">Initial values by the parameters' names; all others start as the method makes them.</param>
public sealed record DataStart(AdapterMethod Method, IReadOnlyDictionary<string, Tensor> Values)
{
    /// <summary>What the user should know; null: nothing.</summary>
    public string? Note { get; init; }
}
