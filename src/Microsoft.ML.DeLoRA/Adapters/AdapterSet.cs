using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// The adapters of one method on one encoder: puts them on, switches them off and on, merges them into the encoder's weights and
/// back, gives out and takes their tensors by PEFT's names, takes them off again.
/// </summary>
/// <remarks>
/// Owns the adapters, not the encoder; dispose it before the encoder. No member may run beside a forward pass of the encoder.
/// </remarks>
public sealed class AdapterSet : IDisposable
{
    private readonly IReadOnlyList<ModelParameter> _encoderParameters;
    private readonly EncoderBackup _pretrained;
    private EncoderBackup? _unmerged;
    private bool _enabled;
    private bool _disposed;

    private AdapterSet(RobertaEncoder encoder, AdapterMethod method, AdapterPlacement placement)
    {
        (Encoder, Method, Adapters, _encoderParameters) = (encoder, method, placement.Adapters, placement.EncoderParameters);
        _pretrained = new EncoderBackup(_encoderParameters);
        foreach (ModelParameter parameter in _encoderParameters)
            parameter.Trainable = true;
        Enabled = true;
    }

    /// <summary>The encoder that the adapters are on.</summary>
    public RobertaEncoder Encoder { get; }

    /// <summary>The method and its options.</summary>
    public AdapterMethod Method { get; }

    /// <summary>The adapters, in the encoder's order of layers.</summary>
    public IReadOnlyList<LinearAdapter> Adapters { get; }

    /// <summary>Everything that training changes: the adapters' parameters and those of the encoder's own that the method trains.</summary>
    public IEnumerable<ModelParameter> Parameters => Adapters.SelectMany(a => a.Parameters).Concat(_encoderParameters);

    /// <summary>True while the weights of the encoder contain the adapters' change.</summary>
    public bool IsMerged { get; private set; }

    /// <summary>
    /// False: the encoder computes as if it had no adapter (biases that were trained stay as they are). Default true.
    /// </summary>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public bool Enabled
    {
        get => _enabled;
        set
        {
            CheckUsable();
            if (IsMerged)
                throw new InvalidOperationException("The adapters are merged into the encoder's weights; call Unmerge first.");
            SetAdapters(value);
            _enabled = value;
        }
    }

    /// <summary>Makes a method's adapters and puts them on the encoder.</summary>
    /// <param name="encoder">The encoder; its targeted layers must have no adapter yet.</param>
    /// <param name="method">The method with its options.</param>
    /// <param name="seed">Seed of the initial values.</param>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the encoder; the message says which and what would.</exception>
    /// <exception cref="InvalidOperationException">A targeted layer has an adapter already.</exception>
    public static AdapterSet Attach(RobertaEncoder encoder, AdapterMethod method, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(method);
        using var generator = new Generator(unchecked((ulong)seed), CPU);
        AdapterPlacement placement = method.Place(encoder, generator);
        if (placement.Adapters.FirstOrDefault(a => a.Layer.Adapter is not null) is { } taken)
        {
            foreach (LinearAdapter adapter in placement.Adapters)
                adapter.Dispose();
            throw new InvalidOperationException($"Module '{taken.Layer.Name}' has an adapter already; dispose the set that it belongs to first.");
        }
        return new AdapterSet(encoder, method, placement);
    }

    /// <summary>
    /// Writes the adapters' change into the encoder's weights: the same results at the base model's speed.
    /// </summary>
    /// <param name="keepOriginals">
    /// True keeps a copy of the weights, so that <see cref="Unmerge"/> and <see cref="Dispose"/> bring them back bit by bit; false
    /// saves that memory and makes the change final.
    /// </param>
    /// <exception cref="InvalidOperationException">Merged already.</exception>
    public void Merge(bool keepOriginals = true)
    {
        CheckUsable();
        if (IsMerged)
            throw new InvalidOperationException("The adapters are merged already.");
        _unmerged = keepOriginals ? new EncoderBackup(Adapters.SelectMany(a => new[] { a.Layer.Weight, a.Layer.Bias })) : null;
        foreach (LinearAdapter adapter in Adapters)
        {
            using Tensor weight = adapter.MergedWeight();
            using Tensor? bias = adapter.MergedBias();
            adapter.Layer.Weight.CopyFrom(weight);
            if (bias is not null)
                adapter.Layer.Bias.CopyFrom(bias);
        }
        SetAdapters(on: false);
        IsMerged = true;
        Encoder.WeightsChanged();
    }

    /// <summary>Brings back the weights from before <see cref="Merge"/>, bit by bit, and the adapters with them.</summary>
    /// <exception cref="InvalidOperationException">Not merged, or merged without keeping the originals.</exception>
    public void Unmerge()
    {
        CheckUsable();
        if (!IsMerged)
            throw new InvalidOperationException("The adapters are not merged.");
        if (_unmerged is null)
            throw new InvalidOperationException("The adapters were merged with keepOriginals: false, so the original weights are gone.");
        RestoreMerged();
        SetAdapters(_enabled);
    }

    /// <summary>
    /// All tensors that make up the trained state, by the names of PEFT (ZeroB) or of the authors' code (FrozenCopy). They are the
    /// live ones: read or copy them, do not dispose or change them.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Tensors()
    {
        CheckUsable();
        return Named().ToDictionary(n => n.Name, n => n.Parameter.Value);
    }

    /// <summary>Overwrites the state with tensors of the same names and shapes. Names outside <see cref="AdapterNames.EncoderPrefix"/> (the head's) are passed over.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown or of another shape; nothing has been changed then.</exception>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> tensors)
    {
        CheckUsable();
        if (IsMerged)
            throw new InvalidOperationException("The adapters are merged into the encoder's weights; call Unmerge first.");
        (string Name, ModelParameter Parameter)[] own = [.. Named()];
        foreach ((string name, ModelParameter parameter) in own)
        {
            if (!tensors.TryGetValue(name, out Tensor? found))
                throw new InvalidDataException($"The adapter checkpoint lacks '{name}' of shape [{Shape(parameter.Value)}]; was it made with other target modules or another initialization?");
            if (!found.shape.AsSpan().SequenceEqual(parameter.Value.shape))
                throw new InvalidDataException($"'{name}' of the adapter checkpoint has shape [{Shape(found)}]; the adapter here has [{Shape(parameter.Value)}].");
        }
        var known = own.Select(o => o.Name).ToHashSet();
        string[] unknown = [.. tensors.Keys.Where(k => k.StartsWith(AdapterNames.EncoderPrefix, StringComparison.Ordinal) && !known.Contains(k))];
        if (unknown.Length > 0)
            throw new InvalidDataException($"The adapter checkpoint has {unknown.Length} tensors that no adapter here takes, such as '{unknown[0]}'.");
        foreach ((string name, ModelParameter parameter) in own)
            parameter.CopyFrom(tensors[name]);
    }

    /// <summary>
    /// Takes the adapters off, brings back every weight and bias of the encoder that the method changed, bit by bit (but for a
    /// final merge), and frees the adapters.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        RestoreMerged();
        SetAdapters(on: false);
        foreach (ModelParameter parameter in _encoderParameters)
            parameter.Trainable = false;
        if (!IsMerged)
            _pretrained.Restore();
        _pretrained.Dispose();
        foreach (LinearAdapter adapter in Adapters)
            adapter.Dispose();
        _disposed = true;
    }

    private void RestoreMerged()
    {
        if (_unmerged is null)
            return;
        _unmerged.Restore();
        _unmerged.Dispose();
        _unmerged = null;
        IsMerged = false;
        Encoder.WeightsChanged();
    }

    private void SetAdapters(bool on)
    {
        foreach (LinearAdapter adapter in Adapters)
            adapter.Layer.Adapter = on ? adapter : null;
    }

    private IEnumerable<(string Name, ModelParameter Parameter)> Named()
    {
        var adapted = Adapters.SelectMany(a => new[] { a.Layer.Weight, a.Layer.Bias }).ToHashSet();
        return Adapters.SelectMany(a => a.Parameters.Concat(a.Buffers)).Select(p => (AdapterNames.OfEncoder(p.Name), p))
            .Concat(_encoderParameters.Select(p => (adapted.Contains(p) ? AdapterNames.OfAdaptedLayer(p.Name) : AdapterNames.OfEncoder(p.Name), p)));
    }

    private void CheckUsable() => ObjectDisposedException.ThrowIf(_disposed, this);

    private static string Shape(Tensor tensor) => string.Join(", ", tensor.shape);
}
