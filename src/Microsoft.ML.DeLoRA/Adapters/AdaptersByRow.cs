using System.Collections.Frozen;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// Several sets at once as a set of its own, of which each sequence of a batch takes the one that it names. It borrows the sets' adapters
/// and trains nothing.
/// </summary>
internal static class AdaptersByRow
{
    public static AdapterSet Attach(PackedEncoder encoder, IReadOnlyDictionary<string, AdapterSet> sets)
        => AdapterSet.Attach(encoder, new Method([.. sets.Where(s => OwnParameter(s.Value) is null)]));

    /// <summary>Throws for a name that is unknown, or that of an adapter that cannot be chosen by row.</summary>
    public static Action<RowGroup> Check(IReadOnlyDictionary<string, AdapterSet> sets)
    {
        var known = sets.ToFrozenDictionary(s => s.Key, s => OwnParameter(s.Value));
        return group =>
        {
            if (!known.TryGetValue(group.Name, out string? own))
                throw new ArgumentException(
                    $"The batch names an adapter '{group.Name}'; there are: "
                        + $"{string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");
            if (own is not null)
                throw new ArgumentException(
                    $"Adapter '{group.Name}' trains '{own}' of the encoder itself, which is the same for all rows: activate it alone.");
        };
    }

    private static string? OwnParameter(AdapterSet set) => set.EncoderParameters.FirstOrDefault()?.Name;

    // The rows of a layer's input by the adapter that they name, where there is one on that layer.
    private static IEnumerable<(RowGroup Rows, T Adapter)> Chosen<T>(ForwardContext context, IReadOnlyDictionary<string, T> adapters)
        => (context.Groups ?? []).Where(g => adapters.ContainsKey(g.Name)).Select(g => (g, adapters[g.Name]));

    private sealed record Method(IReadOnlyList<KeyValuePair<string, AdapterSet>> Sets) : AdapterMethod
    {
        public override string Name => "adapters by row";

        internal override AdapterPlacement Place(PackedEncoder encoder, Generator generator)
        {
            var byModule = Sets.SelectMany(s => s.Value.Adapters.Select(a => (Name: s.Key, Adapter: a)))
                .GroupBy(p => p.Adapter.Module).ToDictionary(g => g.Key, g => g.ToArray());
            var linears = encoder.Linears.Where(l => byModule.ContainsKey(l.Name))
                .Select(l => new Linear(l, byModule[l.Name].ToFrozenDictionary(p => p.Name, p => (LinearAdapter)p.Adapter)));
            var states = encoder.Layers.Where(l => byModule.ContainsKey(l.Name))
                .Select(l => new HiddenState(
                    l, encoder.Device, byModule[l.Name].ToFrozenDictionary(p => p.Name, p => (IHiddenStateAdapter)p.Adapter)));
            return new AdapterPlacement([.. linears, .. states], []);
        }
    }

    private sealed class Linear(AdaptableLinear layer, IReadOnlyDictionary<string, LinearAdapter> adapters) : LinearAdapter(layer)
    {
        public override bool CanMerge => false;

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            Tensor output = baseOutput;
            foreach ((RowGroup group, LinearAdapter adapter) in Chosen(context, adapters))
            {
                if (group.IsAll)
                    return adapter.Forward(input, baseOutput, context);
                Tensor rows = group.Rows(context);
                Tensor own = adapter.Forward(input.index_select(0, rows), baseOutput.index_select(0, rows), context.Of(rows));
                output = output.index_copy(0, rows, own);
            }
            return output;
        }

        protected override Tensor Merge(Tensor weight) => throw new NotSupportedException("No weight gives each row its own adapter.");
    }

    private sealed class HiddenState(EncoderLayer layer, Device device, IReadOnlyDictionary<string, IHiddenStateAdapter> adapters)
        : HiddenStateAdapter(layer, device)
    {
        // Which tokens are edited depends on the whole batch.
        public override Tensor Forward(Tensor hidden, ForwardContext context)
        {
            Tensor output = hidden;
            foreach ((RowGroup group, IHiddenStateAdapter adapter) in Chosen(context, adapters))
            {
                Tensor rows = group.Rows(context);
                output = output.index_copy(0, rows, adapter.Forward(hidden, context).index_select(0, rows));
            }
            return output;
        }
    }
}
