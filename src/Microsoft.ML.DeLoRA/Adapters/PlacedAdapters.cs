using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Families;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Weights;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>What a method placed on an encoder, the encoder's parameters that belong to it, and whom these belong to meanwhile.</summary>
internal sealed class PlacedAdapters : IDisposable
{
    private readonly (ModelParameter Parameter, int FinalMerges)[] _base;

    private readonly EncoderFamily _family;

    /// <param name="family">The encoder's.</param>
    /// <param name="placement">What the method made.</param>
    /// <param name="own">The encoder's parameters that train too.</param>
    public PlacedAdapters(EncoderFamily family, AdapterPlacement placement, IEnumerable<ModelParameter> own)
    {
        (_family, Adapters, SharedBuffers, Own) = (family, placement.Adapters, placement.SharedBuffers, new EncoderParameters(own));
        _base = [.. Adapters.SelectMany(a => a.ModuleParameters).Concat(Own.All).Distinct().Select(p => (p, p.FinalMerges))];
    }

    public IReadOnlyList<Adapter> Adapters { get; }

    public IReadOnlyList<ModelParameter> SharedBuffers { get; }

    public EncoderParameters Own { get; }

    /// <summary>All tensors of the trained state, with their names in a checkpoint.</summary>
    public IEnumerable<(string Name, ModelParameter Parameter)> Named()
    {
        var adapted = Adapters.OfType<LinearAdapter>().Select(a => a.Layer.Bias.Name).ToHashSet();
        return Adapters.SelectMany(a => a.Parameters.Concat(a.Buffers)).Select(p => (AdapterNames.Of(_family, p.Name), p))
            .Concat(SharedBuffers.Select(p => (p.Name, p)))
            .Concat(Own.Trained.Select(
                p => (adapted.Contains(p.Name) ? AdapterNames.OfAdaptedLayer(_family, p.Name) : AdapterNames.Of(_family, p.Name), p)));
    }

    /// <summary>The same, for tensors of these names and shapes. Names of the head are passed over.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown or of another shape.</exception>
    public IReadOnlyList<(string Name, ModelParameter Parameter)> NamedAs(IEnumerable<string> names, Func<string, long[]> shapeOf)
    {
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

    /// <summary>Puts the adapters on their modules, or takes them off.</summary>
    public void Switch(bool on)
    {
        foreach (Adapter adapter in Adapters)
            adapter.Switch(on);
    }

    /// <summary>From here on, whoever would compute from these parameters is told that they are another's; null: nobody's.</summary>
    public void SetOwner(AdapterSet? owner)
    {
        foreach ((ModelParameter parameter, _) in _base)
            parameter.Owner = owner;
    }

    /// <summary>After a final merge the trained values are the base model's.</summary>
    public void KeepForGood()
    {
        foreach (ModelParameter parameter in Own.All)
            parameter.Trainable = false;
        foreach ((ModelParameter parameter, _) in _base)
            parameter.FinalMerges++;
    }

    /// <summary>Throws when a module or a parameter is in use by another set.</summary>
    /// <exception cref="InvalidOperationException">One is, or a final merge has changed one.</exception>
    public void RequireFree()
    {
        if (Adapters.FirstOrDefault(a => a.IsModuleTaken) is { } taken)
            throw new InvalidOperationException(
                $"Module '{taken.Module}' has an adapter already; disable or dispose the set that it belongs to first.");
        if (Own.All.FirstOrDefault(p => p.Owner is null && p.Trainable) is { } trained)
            throw new InvalidOperationException($"Parameter '{trained.Name}' is being trained already.");
        foreach ((ModelParameter parameter, int finalMerges) in _base)
        {
            if (parameter.Owner is AdapterSet { IsMerged: true } merged)
                throw new InvalidOperationException(
                    $"'{parameter.Name}' has {merged.Method.Name} merged into it; unmerge or dispose that set first.");
            if (parameter.Owner is not null)
                throw new InvalidOperationException($"'{parameter.Name}' is used by another set already; disable or dispose that first.");
            if (parameter.FinalMerges != finalMerges)
                throw new InvalidOperationException($"A final merge has changed '{parameter.Name}' since these adapters were made for it.");
        }
    }

    /// <summary>Throws when a weight would be merged into and trained at the same time.</summary>
    /// <exception cref="ArgumentException">One would.</exception>
    public void RequireNothingTwice()
    {
        var weights = Adapters.OfType<LinearAdapter>().Select(a => a.Layer.Weight).ToHashSet();
        if (Own.All.FirstOrDefault(weights.Contains) is { } both)
            throw new ArgumentException(
                $"'{both.Name}' is both adapted and to be trained as a whole; take its module out of ModulesToSave or of the targets.");
    }

    public void Dispose()
    {
        Own.Dispose();
        foreach (IDisposable part in Adapters.Concat<IDisposable>(SharedBuffers))
            part.Dispose();
    }
}
