using Microsoft.ML.DeLoRA.Encoders;
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
    private readonly long _seed;
    private PlacedAdapters _placed;
    private EncoderBackup? _unmerged;
    private EncoderBackup? _trainedBiases;
    private bool _enabled;
    private bool _hasValues;
    private bool _disposed;

    private AdapterSet(PackedEncoder encoder, AdapterMethod method, long seed)
        => (Encoder, Method, _seed, _placed) = (encoder, method, seed, Place(encoder, method, seed));

    /// <summary>The encoder that the adapters are for.</summary>
    public PackedEncoder Encoder { get; }

    /// <summary>
    /// The method and its options; a method that starts from data has other ones, such as ranks, once training has begun.
    /// </summary>
    public AdapterMethod Method { get; private set; }

    /// <summary>The adapters, in the encoder's order of modules; likewise.</summary>
    public IReadOnlyList<Adapter> Adapters => _placed.Adapters;

    /// <summary>Everything that training changes: the adapters' parameters and those of the encoder's own that the method trains.</summary>
    public IEnumerable<ModelParameter> Parameters => Adapters.SelectMany(a => a.Parameters).Concat(EncoderParameters);

    /// <summary>The encoder's own parameters that the method trains.</summary>
    internal IEnumerable<ModelParameter> EncoderParameters => _placed.Own.All;

    /// <summary>The same with their trained values, wherever these are while the set is switched off.</summary>
    internal IEnumerable<ModelParameter> TrainedEncoderParameters => _placed.Own.Trained;

    /// <summary>Constants that several adapters share.</summary>
    internal IReadOnlyList<ModelParameter> SharedBuffers => _placed.SharedBuffers;

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
                _placed.RequireFree();
            _placed.Switch(value);
            _placed.Own.Switch(value);
            _placed.SetOwner(value ? this : null);
            _enabled = value;
            Encoder.WeightsChanged();
        }
    }

    /// <summary>Makes a method's adapters and puts them on the encoder.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="method">The method with its options.</param>
    /// <param name="seed">Seed of the initial values.</param>
    /// <param name="enabled">False leaves the encoder as it is until <see cref="Enabled"/> is set.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range or does not fit the encoder; the message says which and what would.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another set is enabled or merged on one of the modules.</exception>
    public static AdapterSet Attach(PackedEncoder encoder, AdapterMethod method, long seed = 0, bool enabled = true)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(method);
        var set = new AdapterSet(encoder, method, seed);
        try
        {
            set._placed.RequireFree();
            set._placed.RequireNothingTwice();
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
    /// Shows a method that starts from data what its layers read, in the base model, and takes the start that it finds. Does nothing for
    /// other methods, again, or when the adapters have values that were loaded.
    /// </summary>
    /// <param name="batches">Training batches, as many as the method asks for; each is disposed.</param>
    /// <returns>What the user should know of it; null: nothing.</returns>
    /// <exception cref="ArgumentException">The batches do not suffice; the message says why.</exception>
    internal string? StartFrom(IEnumerable<PackedBatch> batches)
    {
        CheckUsable();
        using DataPass? pass = _hasValues ? null : Method.CreateDataPass(Encoder);
        if (pass is null)
            return null;
        bool enabled = Enabled;
        Enabled = false;
        try
        {
            using var scope = NewDisposeScope();
            DataStart start = pass.Run(Encoder, batches);
            if (!ReferenceEquals(start.Method, Method))
            {
                PlacedAdapters placed = Place(Encoder, start.Method, _seed);
                _placed.Dispose();
                (Method, _placed) = (start.Method, placed);
            }
            var parameters = Adapters.SelectMany(a => a.Parameters).ToDictionary(p => p.Name);
            foreach ((string name, Tensor value) in start.Values)
                parameters[name].CopyFrom(value);
            _hasValues = true;
            return start.Note;
        }
        finally
        {
            Enabled = enabled;
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
        _placed.Switch(on: true);
    }

    /// <summary>
    /// All tensors that make up the trained state, by the names of PEFT (or of the authors' code: DeLoRA with frozen copy). They are
    /// the live ones: read or copy them, do not dispose or change them.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Tensors()
    {
        CheckUsable();
        return _placed.Named().ToDictionary(n => n.Name, n => _trainedBiases?.ValueOf(n.Parameter) ?? n.Parameter.Value);
    }

    /// <summary>Overwrites the state with tensors of the same names and shapes. Names of the head are passed over.</summary>
    /// <exception cref="InvalidDataException">
    /// A tensor is missing, unknown or of another shape, or has a value that is NaN or infinite; nothing has been changed then.
    /// </exception>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> tensors)
    {
        IReadOnlyList<(string Name, ModelParameter Parameter)> own = Check(tensors.Keys, name => tensors[name].shape);
        foreach ((string name, _) in own)
            FiniteTensors.Require(tensors[name], name, "the adapter checkpoint");
        foreach ((string name, ModelParameter parameter) in own)
            parameter.CopyFrom(tensors[name]);
        _hasValues = true;
        Encoder.WeightsChanged();
    }

    /// <summary>The same out of a file, one tensor at a time: when a value is NaN or infinite, others have been changed before.</summary>
    internal void Load(ITensorSource source)
    {
        IReadOnlyList<(string Name, ModelParameter Parameter)> own = Check(source.Names, name => source.Shape(name).ToArray());
        foreach ((string name, ModelParameter parameter) in own)
        {
            using var scope = NewDisposeScope();
            Tensor value = source.ReadTensor(name);
            FiniteTensors.Require(value, name, source.Description);
            parameter.CopyFrom(value);
        }
        _hasValues = true;
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
            _placed.Switch(on: false);
        if (IsMerged)
            _placed.KeepForGood();
        else
            _placed.Own.Switch(on: false);
        if (_enabled)
            _placed.SetOwner(null);
        _placed.Dispose();
        _trainedBiases?.Dispose();
        Encoder.WeightsChanged();
        _disposed = true;
    }

    private static PlacedAdapters Place(PackedEncoder encoder, AdapterMethod method, long seed)
    {
        using PatternBudget? budget = PatternBudget.Begin();
        IReadOnlyList<ModelParameter> extra = EncoderModules.Select(encoder, method.ModulesToSave);
        using var generator = new Generator(unchecked((ulong)seed), CPU);
        AdapterPlacement placement = method.Place(encoder, generator);
        return new PlacedAdapters(encoder.Family, placement, placement.EncoderParameters.Union(extra));
    }

    private IReadOnlyList<(string Name, ModelParameter Parameter)> Check(IEnumerable<string> names, Func<string, long[]> shapeOf)
    {
        CheckUsable();
        if (IsMerged)
            throw new InvalidOperationException("The adapters are merged into the encoder's weights; call Unmerge first.");
        return _placed.NamedAs(names, shapeOf);
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

    private void CheckUsable() => ObjectDisposedException.ThrowIf(_disposed, this);
}
