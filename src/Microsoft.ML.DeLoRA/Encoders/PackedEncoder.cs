using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// An encoder on packed tokens (RoBERTa, Liu et al. 2019): embeddings, then post-norm transformer layers. Every layer but attention works
/// on [tokens, hidden] without padding; results equal those of a padded batch.
/// </summary>
/// <remarks>
/// Owns its parameters. All are frozen at first. Forward passes without gradient may run on several threads once one pass is
/// done, and the precision may be set beside them; changing parameters or adapters may not run beside them.
/// </remarks>
public sealed class PackedEncoder : IDisposable
{
    private readonly Embeddings _embeddings;
    private readonly EncoderLayer[] _layers;

    /// <summary>Builds the encoder and takes its weights.</summary>
    /// <param name="configuration">The shape of the model.</param>
    /// <param name="weights">A checkpoint or random initial weights.</param>
    /// <exception cref="InvalidDataException">A weight is missing or has another shape.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    internal PackedEncoder(EncoderConfiguration configuration, IWeightSource weights)
    {
        NativeLibraries.Require();
        Configuration = configuration;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        // All shapes before the first value: a file cannot ask for the memory of a model that it does not hold.
        if (weights is CheckpointWeights checkpoint)
            checkpoint.RequireShapes(shapes => new PackedEncoder(configuration, shapes).Dispose());
        _embeddings = new Embeddings(configuration, weights);
        _layers = [.. Enumerable.Range(0, configuration.LayerCount).Select(i => new EncoderLayer(i, configuration, weights))];
    }

    /// <summary>The shape of the model.</summary>
    public EncoderConfiguration Configuration { get; }

    /// <summary>What differs from other encoders.</summary>
    internal EncoderFamily Family => Configuration.Family;

    /// <summary>Number format of the frozen products; default float32. A pass that runs keeps the one with which it began.</summary>
    public ComputePrecision Precision { get; set; }

    /// <summary>All parameters, with Hugging Face's names less the family's prefix (<c>roberta.</c>).</summary>
    public IEnumerable<ModelParameter> Parameters => _embeddings.Parameters.Concat(_layers.SelectMany(l => l.Parameters));

    /// <summary>The linear layers that adapters can be put on, by layer, in Hugging Face's order.</summary>
    public IEnumerable<AdaptableLinear> Linears => _layers.SelectMany(l => l.Linears);

    internal IReadOnlyList<EncoderLayer> Layers => _layers;

    /// <summary>While each row is computed with the adapter that the batch names: throws for a name that is none. Else null.</summary>
    internal Action<RowGroup>? CheckRows { get; set; }

    /// <summary>The token embedding table, [vocabulary, hidden].</summary>
    public ModelParameter WordEmbeddings => _embeddings.Words;

    /// <summary>The device that the parameters are on.</summary>
    public Device Device => WordEmbeddings.Value.device;

    /// <summary>The last hidden states of all tokens, [tokens, hidden], in the batch's packed order.</summary>
    /// <exception cref="ArgumentException">
    /// A token has an id, or a sequence a length, that the model has no embedding for; the message names it.
    /// </exception>
    public Tensor Forward(PackedBatch batch, SeededDropout? dropout = null) => HiddenStates(batch, dropout).Last();

    /// <summary>
    /// The embeddings' output, then each layer's, [tokens, hidden], in the batch's packed order; each is disposed by the caller.
    /// </summary>
    public IEnumerable<Tensor> HiddenStates(PackedBatch batch, SeededDropout? dropout = null)
    {
        ComputePrecision precision = Precision;
        ForwardContext context = Context(batch, dropout);
        Tensor hidden = Scoped(() => _embeddings.Forward(batch, dropout));
        yield return hidden;
        foreach (EncoderLayer layer in _layers)
        {
            hidden = Scoped(() => layer.Forward(hidden, precision, context));
            yield return hidden;
        }
    }

    /// <summary>
    /// The last hidden state of each sequence's first token, [count, hidden], in the order in which the caller gave the
    /// sequences. The last layer computes only these rows.
    /// </summary>
    internal Tensor ForwardFirst(PackedBatch batch, SeededDropout? dropout = null)
        => Scoped(() =>
        {
            ComputePrecision precision = Precision;
            ForwardContext context = Context(batch, dropout);
            Tensor hidden = _embeddings.Forward(batch, dropout);
            foreach (EncoderLayer layer in _layers.AsSpan(0, _layers.Length - 1))
            {
                Tensor input = hidden;
                hidden = Scoped(() => layer.Forward(input, precision, context));
                input.Dispose();
            }
            return _layers[^1].ForwardFirst(hidden, precision, context).index_select(0, batch.Place);
        });

    /// <summary>Forgets what was derived from the weights (reduced-precision copies); call it after changing them in place.</summary>
    public void WeightsChanged()
    {
        foreach (EncoderLayer layer in _layers)
            layer.WeightChanged();
    }

    /// <summary>Moves all parameters to a device.</summary>
    public void MoveTo(Device device)
    {
        // Without gradient, or a trained parameter would be no leaf there.
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (ModelParameter parameter in Parameters)
            parameter.Replace(parameter.Value.to(device));
        WeightsChanged();
    }

    /// <summary>Frees all parameters.</summary>
    public void Dispose()
    {
        _embeddings.Dispose();
        foreach (EncoderLayer layer in _layers)
            layer.Dispose();
    }

    private ForwardContext Context(PackedBatch batch, SeededDropout? dropout)
    {
        if (batch.RowGroups is { } groups)
        {
            Action<RowGroup> check = CheckRows ?? throw new InvalidOperationException(
                "The batch names an adapter for each row, but the encoder's adapters are not chosen by row; "
                + "call AdapterCollection.ActivateByRow first.");
            foreach (RowGroup group in groups)
                check(group);
        }
        return new ForwardContext(batch, dropout);
    }

    // Intermediate tensors go at once; what the gradient needs, the graph keeps alive.
    private static Tensor Scoped(Func<Tensor> compute)
    {
        Tensor result = WrappedTensorDisposeScope(compute);
        // With it the weights and the batch, when this pass is the last thing that anybody does with them.
        GC.KeepAlive(compute);
        return result;
    }
}
