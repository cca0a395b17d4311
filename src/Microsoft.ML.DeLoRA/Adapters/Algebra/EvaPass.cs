using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters.Algebra;

/// <summary>
/// EVA's look at the data (Paischer et al. 2024, section 3): directions of what each layer reads, and who gets how many of them.
/// </summary>
internal sealed class EvaPass : DataPass
{
    private readonly LoRAMethod _method;
    private readonly (AdaptableLinear Layer, int Rank)[] _targets;
    private readonly Dictionary<AdaptableLinear, Directions> _directions = [];
    private readonly List<(Tensor Inputs, Directions Of)> _batch = [];
    private Dictionary<AdaptableLinear, int> _ranks;
    private int _batchCount;

    /// <param name="method">The method.</param>
    /// <param name="targets">Its layers with the ranks that they have before.</param>
    public EvaPass(LoRAMethod method, IEnumerable<(AdaptableLinear Layer, int Rank)> targets)
    {
        _method = method;
        _targets = [.. targets];
        _ranks = _targets.ToDictionary(t => t.Layer, t => Most(t.Layer, t.Rank));
    }

    /// <inheritdoc/>
    public override IReadOnlyCollection<AdaptableLinear> Layers
        => [.. _targets.Select(t => t.Layer).Where(l => !_directions.TryGetValue(l, out Directions? own)
            || (own.First == l && !own.IsSettled(_ranks[l], _method.Tau)))];

    /// <inheritdoc/>
    public override void Take(AdaptableLinear layer, Tensor inputs)
    {
        if (!_directions.TryGetValue(layer, out Directions? own))
        {
            Directions? equal = _batch.FirstOrDefault(b => ReferenceEquals(b.Inputs, inputs)).Of;
            _directions[layer] = own = equal is not null && equal.Count == _ranks[layer] ? equal : new Directions(layer, _ranks[layer]);
        }
        if (own.First != layer)
            return;
        _batch.Add((inputs, own));
        own.Pca.Add(inputs);
    }

    /// <inheritdoc/>
    public override void EndBatch()
    {
        _batch.Clear();
        _batchCount++;
        if (_directions.Values.All(d => d.Pca.Components is not null))
            Distribute();
    }

    /// <inheritdoc/>
    public override DataStart Finish(bool isEnough)
    {
        if (_directions.Values.FirstOrDefault(d => d.Pca.Components is null) is { } lacking)
            throw new ArgumentException($"{_method.Name}: EVA looks for {lacking.Count} directions in what '{lacking.First.Name}' reads, "
                + "and no batch has so many tokens. Choose a lower rank or larger batches.");
        using var scope = NewDisposeScope();
        var values = _ranks.Where(r => r.Value > 0).ToDictionary(r => $"{r.Key.Name}.lora_A.weight",
            r => _directions[r.Key].Pca.Components!.narrow(0, 0, r.Value).to_type(float32).MoveToOuterDisposeScope());
        return new DataStart(_method.WithRanks(_targets, _ranks), values)
        {
            Note = isEnough ? null : $"EVA: the last of {_batchCount} batches still turned directions by more than {nameof(_method.Tau)} "
                + "allows; they are taken as they are.",
        };
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (Directions directions in _directions.Values)
            directions.Pca.Dispose();
    }

    // Of all layers' directions those that explain most of what their layer reads, as many as the ranks come to in all.
    private void Distribute()
    {
        int budget = _targets.Sum(t => t.Rank);
        var chosen = _targets.SelectMany(t => _directions[t.Layer].Pca.Shares.Select(share => (t.Layer, Share: share)))
            .OrderByDescending(d => d.Share).Take(budget).CountBy(d => d.Layer).ToDictionary();
        _ranks = _targets.ToDictionary(t => t.Layer, t => chosen.GetValueOrDefault(t.Layer));
    }

    private int Most(AdaptableLinear layer, int rank)
        => (int)Math.Min(Math.Round(_method.Rho * rank), Math.Min(layer.InputSize, layer.OutputSize));

    // Those of layers that read the same are found once.
    private sealed record Directions(AdaptableLinear First, int Count)
    {
        public IncrementalPca Pca { get; } = new(Count);

        public bool IsSettled(int rank, double tau) => Pca.Components is not null && Pca.Similarities.Take(rank).All(s => s >= tau);
    }
}
