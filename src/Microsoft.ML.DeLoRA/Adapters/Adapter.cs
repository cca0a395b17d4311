using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>What a method puts on one module of an encoder: its tensors, and how to switch it on and off.</summary>
/// <remarks>Owns its tensors, not the module. Thread-safety as <see cref="PackedEncoder"/>.</remarks>
public abstract class Adapter : IDisposable
{
    private readonly Device _device;
    private readonly List<ModelParameter> _parameters = [];
    private readonly List<ModelParameter> _buffers = [];
    private readonly List<ModelParameter> _derived = [];

    /// <param name="module">Dotted name of the module without the <c>roberta.</c> prefix.</param>
    /// <param name="device">Where the module is; the adapter's tensors go there.</param>
    private protected Adapter(string module, Device device) => (Module, _device) = (module, device);

    /// <summary>Dotted name of the module that it is for, without the <c>roberta.</c> prefix.</summary>
    public string Module { get; }

    /// <summary>What training changes.</summary>
    public IReadOnlyList<ModelParameter> Parameters => _parameters;

    /// <summary>What is saved but never changes.</summary>
    public IReadOnlyList<ModelParameter> Buffers => _buffers;

    /// <summary>All its tensors, saved or not.</summary>
    internal IEnumerable<ModelParameter> AllTensors => _parameters.Concat(_buffers).Concat(_derived);

    /// <summary>True when the change can be written into the encoder's weights, without loss but for rounding.</summary>
    public abstract bool CanMerge { get; }

    /// <summary>True when an adapter, this or another, is on the module.</summary>
    internal abstract bool IsModuleTaken { get; }

    /// <summary>The encoder's parameters that the adapter's output is computed from or that it is merged into.</summary>
    internal abstract IEnumerable<ModelParameter> ModuleParameters { get; }

    /// <summary>Puts the adapter on its module, or takes off what is there.</summary>
    internal abstract void Switch(bool on);

    /// <summary>Frees the adapter's tensors.</summary>
    public void Dispose()
    {
        foreach (ModelParameter parameter in AllTensors)
            parameter.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a trained parameter.</summary>
    /// <param name="suffix">The last part of its name, as PEFT calls it: <c>delora_A</c>.</param>
    /// <param name="value">Initial value; it is moved to the module's device.</param>
    /// <param name="kind">What it is to the optimiser.</param>
    /// <param name="learningRateFactor">See <see cref="ModelParameter.LearningRateFactor"/>.</param>
    protected ModelParameter Parameter(string suffix, Tensor value, ParameterKind kind = ParameterKind.Weight,
        double learningRateFactor = 1)
        => Add(_parameters, suffix, value, kind, trainable: true, learningRateFactor);

    /// <summary>Adds a constant that is saved with the adapter.</summary>
    protected ModelParameter Buffer(string suffix, Tensor value) => Add(_buffers, suffix, value, ParameterKind.Weight, trainable: false);

    /// <summary>Adds a constant that follows from the module's pretrained weight and is therefore not saved.</summary>
    protected ModelParameter Derived(string suffix, Tensor value) => Add(_derived, suffix, value, ParameterKind.Weight, trainable: false);

    private ModelParameter Add(List<ModelParameter> list, string suffix, Tensor value, ParameterKind kind, bool trainable,
        double learningRateFactor = 1)
    {
        var parameter =
            new ModelParameter($"{Module}.{suffix}", value.to(_device), kind, trainable) { LearningRateFactor = learningRateFactor };
        list.Add(parameter);
        return parameter;
    }
}

/// <summary>
/// An adapter that edits the hidden states which one encoder layer gives out. It cannot be merged: no weight does the same.
/// </summary>
internal abstract class HiddenStateAdapter(EncoderLayer layer, Device device) : Adapter(layer.Name, device), IHiddenStateAdapter
{
    public override bool CanMerge => false;

    internal override bool IsModuleTaken => layer.OutputAdapter is not null;

    internal override IEnumerable<ModelParameter> ModuleParameters => [];

    public abstract Tensor Forward(Tensor hidden, ForwardContext context);

    internal override void Switch(bool on) => layer.OutputAdapter = on ? this : null;
}

/// <summary>What a method trains on one encoder.</summary>
/// <param name="Adapters">New adapters, not yet on their modules.</param>
/// <param name="EncoderParameters">The encoder's own parameters that are trained too, such as biases.</param>
internal sealed record AdapterPlacement(IReadOnlyList<Adapter> Adapters, IReadOnlyList<ModelParameter> EncoderParameters)
{
    /// <summary>
    /// Constants that several adapters share, under their whole names in a checkpoint (<c>base_model.vera_A</c>); default none.
    /// </summary>
    public IReadOnlyList<ModelParameter> SharedBuffers { get; init; } = [];
}
