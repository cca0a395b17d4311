using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// The weighted sum of several sets' changes as a set of its own, so that it is enabled and merged like any other. It borrows the
/// sets' adapters and trains nothing.
/// </summary>
internal static class WeightedSum
{
    public static AdapterSet Attach(RobertaEncoder encoder, IReadOnlyList<(AdapterSet Set, double Weight)> parts)
    {
        AdapterSet sum = AdapterSet.Attach(encoder, new Method(parts));
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (ModelParameter parameter in sum.EncoderParameters)
        {
            Tensor pretrained = parameter.Value;
            Tensor[] changes =
            [
                .. parts.SelectMany(part => part.Set.TrainedEncoderParameters.Where(t => t.Name == parameter.Name).Select(t => (t.Value - pretrained).Times(part.Weight))),
            ];
            parameter.CopyFrom(changes.Aggregate(pretrained, (total, change) => total.Plus(change)));
        }
        encoder.WeightsChanged();
        return sum;
    }

    private sealed record Method(IReadOnlyList<(AdapterSet Set, double Weight)> Parts) : AdapterMethod
    {
        public override string Name => "weighted sum";

        protected internal override AdapterPlacement Place(RobertaEncoder encoder, Generator generator)
        {
            var names = Parts.SelectMany(p => p.Set.EncoderParameters).Select(p => p.Name).ToHashSet();
            var byModule = Parts.SelectMany(p => p.Set.Adapters.Select(a => (Adapter: a, p.Weight))).GroupBy(p => p.Adapter.Module).ToDictionary(g => g.Key, g => g.ToArray());
            var linears = encoder.Linears.Where(l => byModule.ContainsKey(l.Name))
                .Select(l => new Linear(l, [.. byModule[l.Name].Select(p => ((LinearAdapter)p.Adapter, p.Weight))]));
            var states = encoder.Layers.Where(l => byModule.ContainsKey(l.Name))
                .Select(l => new HiddenState(l, encoder.Device, [.. byModule[l.Name].Select(p => ((IHiddenStateAdapter)p.Adapter, p.Weight))]));
            return new AdapterPlacement([.. linears, .. states], [.. encoder.Parameters.Where(p => names.Contains(p.Name))]);
        }
    }

    private sealed class Linear(AdaptableLinear layer, (LinearAdapter Adapter, double Weight)[] parts) : LinearAdapter(layer)
    {
        public override bool CanMerge => parts.All(p => p.Adapter.CanMerge);

        public override Tensor Forward(Tensor input, Tensor baseOutput, Dropout? dropout)
            => Sum(baseOutput, part => part.Forward(input, baseOutput, dropout));

        public override Tensor MergedWeight() => Merged(Layer.Weight.Value, part => part.MergedWeight());

        public override Tensor MergedBias() => Merged(Layer.Bias.Value, part => part.MergedBias() ?? Layer.Bias.Value);

        private Tensor Merged(Tensor pretrained, Func<LinearAdapter, Tensor> merged)
        {
            using IDisposable noGrad = no_grad();
            return WrappedTensorDisposeScope(() => Sum(pretrained, merged));
        }

        private Tensor Sum(Tensor start, Func<LinearAdapter, Tensor> value)
            => parts.Aggregate(start, (total, part) => total.Plus((value(part.Adapter) - start).Times(part.Weight)));
    }

    private sealed class HiddenState(EncoderLayer layer, Device device, (IHiddenStateAdapter Adapter, double Weight)[] parts)
        : HiddenStateAdapter(layer, device)
    {
        public override Tensor Forward(Tensor hidden, PackedBatch batch, bool firstOnly, Dropout? dropout)
            => parts.Aggregate(hidden, (total, part) => total.Plus((part.Adapter.Forward(hidden, batch, firstOnly, dropout) - hidden).Times(part.Weight)));
    }
}
