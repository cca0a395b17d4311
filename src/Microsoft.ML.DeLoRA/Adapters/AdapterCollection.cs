using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// Several adapters on one base model, by name: add, activate one, a weighted sum of several or for each row of a batch another one,
/// deactivate, merge, remove. The base model is in memory once.
/// </summary>
/// <remarks>
/// Owns the sets, not the encoder; dispose it before the encoder. No member may run beside a forward pass of the encoder.
/// </remarks>
public sealed class AdapterCollection(PackedEncoder encoder) : IDisposable
{
    private readonly Dictionary<string, AdapterSet> _sets = new(StringComparer.Ordinal);
    private AdapterSet? _sum;
    private AdapterSet? _active;

    /// <summary>The names, in the order in which they were added.</summary>
    public IReadOnlyCollection<string> Names => _sets.Keys;

    /// <summary>What the encoder computes with: the weight of each active adapter; empty when it is the base model.</summary>
    public IReadOnlyDictionary<string, double> Active { get; private set; } = new Dictionary<string, double>();

    /// <summary>
    /// True while each row of a batch is computed with the adapter that the batch names for it: <see cref="ActivateByRow"/>.
    /// </summary>
    public bool IsByRow { get; private set; }

    /// <summary>True while the active adapters are merged into the encoder's weights.</summary>
    public bool IsMerged => _active?.IsMerged == true;

    /// <summary>The set of a name: its tensors, its parameters.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public AdapterSet this[string name] => _sets.TryGetValue(name, out AdapterSet? set) ? set
        : throw new ArgumentException($"There is no adapter '{name}'; there are: {string.Join(", ", _sets.Keys)}.", nameof(name));

    /// <summary>Makes a set of adapters, which stays inactive until <see cref="Activate(string)"/>.</summary>
    /// <param name="name">A new name.</param>
    /// <param name="method">The method with its options.</param>
    /// <param name="seed">Seed of the initial values.</param>
    /// <exception cref="ArgumentException">The name is taken or empty, or an option does not fit the encoder.</exception>
    /// <exception cref="InvalidOperationException">Adapters are merged: initial values would be taken from changed weights.</exception>
    public AdapterSet Add(string name, AdapterMethod method, long seed = 0)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_sets.ContainsKey(name))
            throw new ArgumentException($"There is an adapter '{name}' already.", nameof(name));
        if (IsMerged)
            throw new InvalidOperationException(
                $"{string.Join(", ", Active.Keys)} is merged into the encoder's weights: a new adapter would start from "
                    + "changed weights. Call Unmerge first.");
        (IReadOnlyDictionary<string, double> active, bool byRow) = (Active, IsByRow);
        Deactivate();
        try
        {
            return _sets[name] = AdapterSet.Attach(encoder, method, seed, enabled: false);
        }
        finally
        {
            if (byRow)
                ActivateByRow();
            else
                Activate(active);
        }
    }

    /// <summary>Computes with that adapter alone.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public void Activate(string name) => Activate(new Dictionary<string, double> { [name] = 1 });

    /// <summary>
    /// Computes with a weighted sum: each module's output is the base's plus the weighted changes that the adapters make to it, and
    /// each parameter of the encoder that one of them trained moves by its weighted change. For prediction; a set is trained alone.
    /// </summary>
    /// <param name="weights">Weights by name, from -1e30 to 1e30; empty: the base model alone.</param>
    /// <exception cref="ArgumentException">A name is unknown or a weight out of range; nothing has changed then.</exception>
    public void Activate(IReadOnlyDictionary<string, double> weights)
    {
        (AdapterSet Set, double Weight)[] parts = [.. weights.Select(w => (this[w.Key], w.Value))];
        if (weights.FirstOrDefault(w => !LinearAdapterMethod.IsFactor(w.Value)) is { Key: not null } wrong)
            throw new ArgumentException(FormattableString.Invariant(
                $"The weight of adapter '{wrong.Key}' is {wrong.Value}; it must be a number from -1e30 to 1e30."), nameof(weights));
        Deactivate();
        if (parts is [(AdapterSet only, 1)])
        {
            only.Enabled = true;
            _active = only;
        }
        else if (parts.Length > 0)
        {
            _active = _sum = WeightedSum.Attach(encoder, parts);
        }
        Active = weights.ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>
    /// Computes each sequence with the adapter that its batch names for it (<see cref="PackedBatch.WithAdapters"/>), as if each had a pass
    /// of its own; those without a name with the base model. Adapters that are added are there for the next batch. For prediction.
    /// </summary>
    /// <remarks>
    /// Passes may run on several threads, each with other names. A pass over a batch with an unknown name, or that of an adapter that
    /// trains parts of the encoder itself (biases, modules, everything), throws an <see cref="ArgumentException"/>.
    /// </remarks>
    public void ActivateByRow()
    {
        Deactivate();
        _active = _sum = AdaptersByRow.Attach(encoder, _sets);
        encoder.CheckRows = AdaptersByRow.Check(_sets);
        IsByRow = true;
    }

    /// <summary>
    /// What heads put out for a batch whose sequences name their adapters: one tensor [outputs] for each, in the caller's order; the caller
    /// disposes them.
    /// </summary>
    /// <param name="batch">The sequences; without names, all are computed with what is active.</param>
    /// <param name="head">The head of sequences without a name, and of adapters that have none of their own.</param>
    /// <param name="heads">The heads of adapters, by the adapters' names; they may have other numbers of outputs.</param>
    /// <exception cref="ArgumentException">A name is unknown, or a sequence does not fit the model.</exception>
    public IReadOnlyList<Tensor> Forward(
        PackedBatch batch, ClassificationHead head, IReadOnlyDictionary<string, ClassificationHead>? heads = null)
    {
        var outputs = new Tensor[batch.Count];
        using var scope = NewDisposeScope();
        Tensor first = encoder.ForwardFirst(batch);
        ClassificationHead HeadOf(int row)
            => batch.AdapterNames?[row] is { } name && heads?.GetValueOrDefault(name) is { } own ? own : head;
        foreach (IGrouping<ClassificationHead, int> rows in Enumerable.Range(0, batch.Count).GroupBy(HeadOf))
        {
            int[] own = [.. rows];
            Tensor places = tensor(own.Select(r => (long)r).ToArray(), device: first.device);
            Tensor values = rows.Key.Forward(first.index_select(0, places), null);
            for (int i = 0; i < own.Length; i++)
                outputs[own[i]] = values.select(0, i).MoveToOuterDisposeScope();
        }
        return outputs;
    }

    /// <summary>Computes, bit by bit, as the base model.</summary>
    public void Deactivate()
    {
        if (IsMerged)
            _active!.Unmerge();
        if (_active is not null && _active != _sum)
            _active.Enabled = false;
        _sum?.Dispose();
        if (IsByRow)
            encoder.CheckRows = null;
        (_active, _sum, Active, IsByRow) = (null, null, new Dictionary<string, double>(), false);
    }

    /// <summary>
    /// Writes what is active into the encoder's weights; see <see cref="AdapterSet.Merge"/>. A change of what is active undoes it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing is active, it is merged already, or adapters are chosen by row.</exception>
    public void Merge()
    {
        if (IsByRow)
            throw new InvalidOperationException("Each row is computed with another adapter, so none can be merged; call Activate first.");
        (_active ?? throw new InvalidOperationException("No adapter is active; call Activate first.")).Merge();
    }

    /// <summary>Brings back the weights from before <see cref="Merge"/>, bit by bit; the same adapters stay active.</summary>
    /// <exception cref="InvalidOperationException">Nothing is merged.</exception>
    public void Unmerge() => (_active ?? throw new InvalidOperationException("No adapter is active, so none is merged.")).Unmerge();

    /// <summary>
    /// Takes an adapter out and frees it. When it was active, the encoder is the base model then; the others stay chosen by row.
    /// </summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public void Remove(string name)
    {
        AdapterSet set = this[name];
        bool byRow = IsByRow;
        if (byRow || Active.ContainsKey(name))
            Deactivate();
        _sets.Remove(name);
        set.Dispose();
        if (byRow)
            ActivateByRow();
    }

    /// <summary>Gives the base model back and frees all adapters.</summary>
    public void Dispose()
    {
        Deactivate();
        foreach (AdapterSet set in _sets.Values)
            set.Dispose();
        _sets.Clear();
    }
}

/// <summary>
/// The weighted sum of several sets' changes as a set of its own, so that it is enabled and merged like any other. It borrows the
/// sets' adapters and trains nothing.
/// </summary>
internal static class WeightedSum
{
    public static AdapterSet Attach(PackedEncoder encoder, IReadOnlyList<(AdapterSet Set, double Weight)> parts)
    {
        AdapterSet sum = AdapterSet.Attach(encoder, new Method(parts));
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (ModelParameter parameter in sum.EncoderParameters)
        {
            Tensor pretrained = parameter.Value;
            Tensor[] changes =
            [
                .. parts.SelectMany(part => part.Set.TrainedEncoderParameters.Where(t => t.Name == parameter.Name)
                    .Select(t => (t.Value - pretrained).Times(part.Weight))),
            ];
            parameter.CopyFrom(changes.Aggregate(pretrained, (total, change) => total.Plus(change)));
        }
        encoder.WeightsChanged();
        return sum;
    }

    private sealed record Method(IReadOnlyList<(AdapterSet Set, double Weight)> Parts) : AdapterMethod
    {
        public override string Name => "weighted sum";

        internal override AdapterPlacement Place(PackedEncoder encoder, Generator generator)
        {
            var names = Parts.SelectMany(p => p.Set.EncoderParameters).Select(p => p.Name).ToHashSet();
            var byModule = Parts.SelectMany(p => p.Set.Adapters.Select(a => (Adapter: a, p.Weight))).GroupBy(p => p.Adapter.Module)
                .ToDictionary(g => g.Key, g => g.ToArray());
            var linears = encoder.Linears.Where(l => byModule.ContainsKey(l.Name))
                .Select(l => new Linear(l, [.. byModule[l.Name].Select(p => ((LinearAdapter)p.Adapter, p.Weight))]));
            var states = encoder.Layers.Where(l => byModule.ContainsKey(l.Name))
                .Select(l => new HiddenState(l, encoder.Device,
                    [.. byModule[l.Name].Select(p => ((IHiddenStateAdapter)p.Adapter, p.Weight))]));
            return new AdapterPlacement([.. linears, .. states], [.. encoder.Parameters.Where(p => names.Contains(p.Name))]);
        }
    }

    private sealed class Linear(AdaptableLinear layer, (LinearAdapter Adapter, double Weight)[] parts) : LinearAdapter(layer)
    {
        public override bool CanMerge => parts.All(p => p.Adapter.CanMerge);

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
            => Sum(baseOutput, part => part.Forward(input, baseOutput, context));

        protected override Tensor Merge(Tensor weight) => Sum(weight, part => part.MergedWeight());

        protected override Tensor MergeBias(Tensor bias) => Sum(bias, part => part.MergedBias() ?? bias);

        private Tensor Sum(Tensor start, Func<LinearAdapter, Tensor> value)
            => parts.Aggregate(start, (total, part) => total.Plus((value(part.Adapter) - start).Times(part.Weight)));
    }

    private sealed class HiddenState(EncoderLayer layer, Device device, (IHiddenStateAdapter Adapter, double Weight)[] parts)
        : HiddenStateAdapter(layer, device)
    {
        public override Tensor Forward(Tensor hidden, ForwardContext context)
            => parts.Aggregate(hidden, (total, part) => total.Plus((part.Adapter.Forward(hidden, context) - hidden).Times(part.Weight)));
    }
}
