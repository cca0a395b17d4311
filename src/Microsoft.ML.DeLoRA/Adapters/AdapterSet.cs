using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// The adapters of one method on one encoder: puts them on, switches them off and on, merges them into the encoder's weights and
/// back, gives out and takes their tensors by PEFT's names, takes them off again.
/// </summary>
/// <remarks>
/// Owns the adapters, not the encoder; dispose it before the encoder. No member may run beside a forward pass of the encoder.
/// Several sets may be made for one encoder. A module belongs to the set that is enabled or merged there until that set is disabled or
/// disposed; nobody else may be put on it meanwhile. <see cref="AdapterCollection"/> keeps several by name.
/// </remarks>
public sealed class AdapterSet : IDisposable
{
    private readonly EncoderParameters _own;
    private readonly (ModelParameter Parameter, int FinalMerges)[] _base;
    private EncoderBackup? _unmerged;
    private EncoderBackup? _trainedBiases;
    private bool _enabled;
    private bool _disposed;

    private AdapterSet(RobertaEncoder encoder, AdapterMethod method, AdapterPlacement placement, IEnumerable<ModelParameter> own)
    {
        (Encoder, Method, Adapters, SharedBuffers) = (encoder, method, placement.Adapters, placement.SharedBuffers);
        _own = new EncoderParameters(own);
        _base = [.. Adapters.SelectMany(a => a.ModuleParameters).Concat(_own.All).Distinct().Select(p => (p, p.FinalMerges))];
    }

    /// <summary>The encoder that the adapters are for.</summary>
    public RobertaEncoder Encoder { get; }

    /// <summary>The method and its options.</summary>
    public AdapterMethod Method { get; }

    /// <summary>The adapters, in the encoder's order of modules.</summary>
    public IReadOnlyList<Adapter> Adapters { get; }

    /// <summary>Everything that training changes: the adapters' parameters and those of the encoder's own that the method trains.</summary>
    public IEnumerable<ModelParameter> Parameters => Adapters.SelectMany(a => a.Parameters).Concat(_own.All);

    /// <summary>The encoder's own parameters that the method trains.</summary>
    internal IEnumerable<ModelParameter> EncoderParameters => _own.All;

    /// <summary>The same with their trained values, wherever these are while the set is switched off.</summary>
    internal IEnumerable<ModelParameter> TrainedEncoderParameters => _own.Trained;

    /// <summary>Constants that several adapters share.</summary>
    internal IReadOnlyList<ModelParameter> SharedBuffers { get; }

    /// <summary>True when merging leaves nothing beside the encoder's weights.</summary>
    public bool CanMerge => Adapters.All(a => a.CanMerge);

    /// <summary>True while the weights of the encoder contain the adapters' change.</summary>
    public bool IsMerged { get; private set; }

    /// <summary>False: the encoder computes, bit by bit, as if it had no adapter and had not been trained. Default true.</summary>
    /// <exception cref="InvalidOperationException">
    /// The adapters are merged, or another set is enabled or merged on one of the modules, or a final merge has changed one since.
    /// </exception>
    public bool Enabled
    {
        get => _enabled;
        set
        {
            CheckUsable();
            if (IsMerged)
                throw new InvalidOperationException("The adapters are merged into the encoder's weights; call Unmerge first.");
            if (value == _enabled)
                return;
            if (value)
                CheckFree();
            SetAdapters(value);
            _own.Switch(value);
            Own(value);
            _enabled = value;
            Encoder.WeightsChanged();
        }
    }

    /// <summary>Makes a method's adapters and puts them on the encoder.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="method">The method with its options.</param>
    /// <param name="seed">Seed of the initial values.</param>
    /// <param name="enabled">False leaves the encoder as it is until <see cref="Enabled"/> is set.</param>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the encoder; the message says which and what would.</exception>
    /// <exception cref="InvalidOperationException">Another set is enabled or merged on one of the modules.</exception>
    public static AdapterSet Attach(RobertaEncoder encoder, AdapterMethod method, long seed = 0, bool enabled = true)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(method);
        using PatternBudget? budget = PatternBudget.Begin();
        IReadOnlyList<ModelParameter> extra = EncoderModules.Select(encoder, method.ModulesToSave);
        using var generator = new Generator(unchecked((ulong)seed), CPU);
        AdapterPlacement placement = method.Place(encoder, generator);
        var set = new AdapterSet(encoder, method, placement, placement.EncoderParameters.Union(extra));
        try
        {
            set.CheckFree();
            set.CheckNothingTwice();
            set.Enabled = enabled;
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the adapters' change into the encoder's weights: the same results at the base model's speed. Adapters that cannot be
    /// merged (<see cref="Adapter.CanMerge"/>) stay on their modules.
    /// </summary>
    /// <param name="keepOriginals">
    /// True keeps a copy of the weights, so that <see cref="Unmerge"/> and <see cref="Dispose"/> bring them back bit by bit; false
    /// saves that memory and makes the change final.
    /// </param>
    /// <exception cref="InvalidOperationException">Merged already, or not enabled.</exception>
    public void Merge(bool keepOriginals = true)
    {
        CheckUsable();
        if (IsMerged)
            throw new InvalidOperationException("The adapters are merged already.");
        if (!_enabled)
            throw new InvalidOperationException("The adapters are not enabled; set Enabled first.");
        LinearAdapter[] mergeable = [.. Adapters.OfType<LinearAdapter>().Where(a => a.CanMerge)];
        _unmerged = keepOriginals ? new EncoderBackup(mergeable.SelectMany(a => new[] { a.Layer.Weight, a.Layer.Bias })) : null;
        // A method may scale a bias that trains, too; what is saved is the bias from before.
        _trainedBiases = new EncoderBackup(mergeable.Select(a => a.Layer.Bias).Where(b => b.Trainable));
        foreach (LinearAdapter adapter in mergeable)
        {
            using var scope = NewDisposeScope();
            Tensor weight = adapter.MergedWeight();
            Tensor? bias = adapter.MergedBias();
            adapter.Layer.Weight.CopyFrom(weight);
            if (bias is not null)
                adapter.Layer.Bias.CopyFrom(bias);
            adapter.Switch(on: false);
        }
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
        SetAdapters(on: true);
    }

    /// <summary>
    /// All tensors that make up the trained state, by the names of PEFT (or of the authors' code: DeLoRA with frozen copy). They are
    /// the live ones: read or copy them, do not dispose or change them.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Tensors()
    {
        CheckUsable();
        return Named().ToDictionary(n => n.Name, n => _trainedBiases?.ValueOf(n.Parameter) ?? n.Parameter.Value);
    }

    /// <summary>Overwrites the state with tensors of the same names and shapes. Names of the head are passed over.</summary>
    /// <exception cref="InvalidDataException">
    /// A tensor is missing, unknown or of another shape, or has a value that is NaN or infinite; nothing has been changed then.
    /// </exception>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> tensors)
    {
        (string Name, ModelParameter Parameter)[] own = Check(tensors.Keys, name => tensors[name].shape);
        foreach ((string name, _) in own)
            FiniteTensors.Require(tensors[name], name, "the adapter checkpoint");
        foreach ((string name, ModelParameter parameter) in own)
            parameter.CopyFrom(tensors[name]);
        Encoder.WeightsChanged();
    }

    /// <summary>The same out of a file, one tensor at a time: when a value is NaN or infinite, others have been changed before.</summary>
    internal void Load(ITensorSource source)
    {
        (string Name, ModelParameter Parameter)[] own = Check(source.Names, name => source.Shape(name).ToArray());
        foreach ((string name, ModelParameter parameter) in own)
        {
            using var scope = NewDisposeScope();
            Tensor value = source.ReadTensor(name);
            FiniteTensors.Require(value, name, source.Description);
            parameter.CopyFrom(value);
        }
        Encoder.WeightsChanged();
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
        if (_enabled)
            SetAdapters(on: false);
        if (IsMerged)
            KeepForGood();
        else
            _own.Switch(on: false);
        if (_enabled)
            Own(false);
        _own.Dispose();
        foreach (IDisposable part in Adapters.Concat<IDisposable>(SharedBuffers))
            part.Dispose();
        _trainedBiases?.Dispose();
        Encoder.WeightsChanged();
        _disposed = true;
    }

    private (string Name, ModelParameter Parameter)[] Check(IEnumerable<string> names, Func<string, long[]> shapeOf)
    {
        CheckUsable();
        if (IsMerged)
            throw new InvalidOperationException("The adapters are merged into the encoder's weights; call Unmerge first.");
        var found = names.ToHashSet();
        (string Name, ModelParameter Parameter)[] own = [.. Named()];
        foreach ((string name, ModelParameter parameter) in own)
        {
            if (!found.Contains(name))
                throw new InvalidDataException($"The adapter checkpoint lacks '{name}' of shape {Shapes.Format(parameter.Value.shape)}; "
                    + "was it made with other target modules or another initialization?");
            if (shapeOf(name) is var shape && !shape.AsSpan().SequenceEqual(parameter.Value.shape))
                throw new InvalidDataException($"'{name}' of the adapter checkpoint has shape {Shapes.Format(shape)}; "
                    + $"the adapter here has {Shapes.Format(parameter.Value.shape)}.");
        }
        var known = own.Select(o => o.Name).ToHashSet();
        string[] unknown = [.. found.Where(k => !AdapterNames.IsOfHead(k) && !known.Contains(k))];
        if (unknown.Length > 0)
            throw new InvalidDataException(
                $"The adapter checkpoint has {unknown.Length} tensors that no adapter here takes, such as '{unknown[0].Short()}'.");
        return own;
    }

    private void RestoreMerged()
    {
        if (_unmerged is null)
            return;
        _unmerged.Restore();
        _unmerged.Dispose();
        _trainedBiases?.Dispose();
        (_unmerged, _trainedBiases) = (null, null);
        IsMerged = false;
        Encoder.WeightsChanged();
    }

    private void SetAdapters(bool on)
    {
        foreach (Adapter adapter in Adapters)
            adapter.Switch(on);
    }

    // From here on, whoever would compute from these parameters is told that they are another's.
    private void Own(bool on)
    {
        foreach ((ModelParameter parameter, _) in _base)
            parameter.Owner = on ? this : null;
    }

    // After a final merge the trained values are the base model's.
    private void KeepForGood()
    {
        foreach (ModelParameter parameter in _own.All)
            parameter.Trainable = false;
        foreach ((ModelParameter parameter, _) in _base)
            parameter.FinalMerges++;
    }

    private void CheckFree()
    {
        if (Adapters.FirstOrDefault(a => a.IsModuleTaken) is { } taken)
            throw new InvalidOperationException(
                $"Module '{taken.Module}' has an adapter already; disable or dispose the set that it belongs to first.");
        if (_own.All.FirstOrDefault(p => p.Owner is null && p.Trainable) is { } trained)
            throw new InvalidOperationException($"Parameter '{trained.Name}' is being trained already.");
        foreach ((ModelParameter parameter, int finalMerges) in _base)
        {
            if (parameter.Owner is AdapterSet { IsMerged: true } merged)
                throw new InvalidOperationException($"'{parameter.Name}' has {merged.Method.Name} merged into it; unmerge or dispose that set first.");
            if (parameter.Owner is not null)
                throw new InvalidOperationException($"'{parameter.Name}' is used by another set already; disable or dispose that first.");
            if (parameter.FinalMerges != finalMerges)
                throw new InvalidOperationException($"A final merge has changed '{parameter.Name}' since these adapters were made for it.");
        }
    }

    // A weight that is merged into and trained at the same time would be two things at once.
    private void CheckNothingTwice()
    {
        var weights = Adapters.OfType<LinearAdapter>().Select(a => a.Layer.Weight).ToHashSet();
        if (_own.All.FirstOrDefault(weights.Contains) is { } both)
            throw new ArgumentException($"'{both.Name}' is both adapted and to be trained as a whole; take its module out of ModulesToSave or of the targets.");
    }

    private IEnumerable<(string Name, ModelParameter Parameter)> Named()
    {
        var adapted = Adapters.OfType<LinearAdapter>().Select(a => a.Layer.Bias.Name).ToHashSet();
        return Adapters.SelectMany(a => a.Parameters.Concat(a.Buffers)).Select(p => (AdapterNames.Of(Encoder.Family, p.Name), p))
            .Concat(SharedBuffers.Select(p => (p.Name, p)))
            .Concat(_own.Trained.Select(p => (adapted.Contains(p.Name) ? AdapterNames.OfAdaptedLayer(Encoder.Family, p.Name) : AdapterNames.Of(Encoder.Family, p.Name), p)));
    }

    private void CheckUsable() => ObjectDisposedException.ThrowIf(_disposed, this);
}
