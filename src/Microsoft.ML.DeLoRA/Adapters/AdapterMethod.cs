using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// A fine-tuning method and its options. A method is one file: a record derived from this or, when it changes linear layers,
/// from <see cref="LinearAdapterMethod"/>.
/// </summary>
/// <remarks>Immutable; one instance may be put on any number of encoders.</remarks>
public abstract record AdapterMethod
{
    /// <summary>The method's name as its paper writes it, such as <c>DeLoRA</c>.</summary>
    public abstract string Name { get; }

    /// <summary>True when a new adapter changes nothing: training starts from the pretrained model. Default true.</summary>
    [JsonIgnore]
    public virtual bool StartsAsBase => true;

    /// <summary>
    /// Modules of the encoder that train as a whole and are saved beside the adapters, by <see cref="ModulePattern"/>, such as
    /// <c>embeddings.LayerNorm</c>; default none. The head always trains and is always saved.
    /// </summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>The name and the options that differ from the method's defaults: <c>LoRA (rank 4, target_modules ["query"])</c>.</summary>
    public sealed override string ToString()
    {
        string[] changed = [.. AdapterMethods.ChangedOptions(this).Select(o => $"{o.Key} {o.Value?.ToJsonString() ?? "null"}")];
        return changed.Length == 0 ? Name : $"{Name} ({string.Join(", ", changed)})";
    }

    /// <summary>Makes the method's adapters for an encoder without changing it yet.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="generator">Source of the initial values, on the CPU.</param>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the encoder; the message names it.</exception>
    internal abstract AdapterPlacement Place(PackedEncoder encoder, Generator generator);

    /// <summary>
    /// The tensors that <see cref="Place"/> would make and that are saved, from the options alone: a file's are compared with them before
    /// anything is made, so that a file cannot ask for more memory than it has tensors. Default none.
    /// </summary>
    /// <returns>The names in a checkpoint, and the shapes; without parameters of the encoder's own.</returns>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the encoder; the message names it.</exception>
    protected internal virtual IEnumerable<(string Name, long[] Shape)> ShapesFor(PackedEncoder encoder) => [];

    /// <summary>
    /// What the method looks at in the training rows before training begins, to find initial values and options; null (default): nothing.
    /// Without rows, as when a saved model is loaded, its adapters start as <see cref="Place"/> makes them.
    /// </summary>
    /// <param name="encoder">The encoder, without adapters.</param>
    protected internal virtual DataPass? CreateDataPass(PackedEncoder encoder) => null;

    /// <summary>What the method does in the steps of a training run beside the gradient's updates; null (default): nothing.</summary>
    /// <param name="adapters">The adapters of the method, enabled, as they will train.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    /// <exception cref="ArgumentException">An option does not fit a run of so many steps; the message names it.</exception>
    protected internal virtual StepCallbacks? CreateCallbacks(AdapterSet adapters, int totalSteps) => null;

    /// <summary>Refuses a probability of dropout that is none.</summary>
    /// <exception cref="ArgumentException">Below 0, 1 or more, or NaN.</exception>
    protected void CheckDropout(double dropout)
    {
        if (dropout is not (>= 0 and < 1))
            throw new ArgumentException($"{Name}: dropout is {dropout}; choose a number from 0 to below 1.");
    }
}
