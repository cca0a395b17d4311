using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// (IA)^3 (Liu et al.: Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning, NeurIPS 2022, section
/// 3.3): a trained vector l, at first all ones, scales the output of a layer, y = l * (x W^T + b), or the input of a feed-forward
/// layer, y = (l * x) W^T + b. Trains out numbers per module, in for a feed-forward one, and merges exactly, into the bias too.
/// Defaults are PEFT's for RoBERTa: keys, values and the outputs of attention and feed-forward, the last two by their input.
/// </summary>
public sealed record IA3Method : LinearAdapterMethod
{
    /// <summary>Targets <c>key</c>, <c>value</c> and <c>output.dense</c>, which means both output layers, instead of the usual.</summary>
    public IA3Method() => TargetModules = ["key", "value", "output.dense"];

    /// <inheritdoc/>
    public override string Name => "IA3";

    /// <summary>
    /// Those of the targets whose input is scaled, by <see cref="ModulePattern"/>; default <c>output.dense</c>. A pattern that names
    /// layers, but no target, has no effect.
    /// </summary>
    public IReadOnlyList<string> FeedForwardModules { get; init; } = ["output.dense"];

    /// <inheritdoc/>
    protected override void CheckPatterns(IEnumerable<AdaptableLinear> linears, IReadOnlyList<AdaptableLinear> targets)
        => ModulePattern.RequireNaming(nameof(FeedForwardModules), FeedForwardModules, linears);

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer) => _ = IsFeedForward(layer);

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        => [("ia3_l", IsFeedForward(layer) ? [1, layer.InputSize] : [layer.OutputSize, 1])];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, IsFeedForward(layer));

    private bool IsFeedForward(AdaptableLinear layer) => FeedForwardModules.Any(p => ModulePattern.Matches(p, layer.Name));

    private sealed class Adapter : LinearAdapter
    {
        private readonly bool _scalesInput;
        private readonly ModelParameter _l;

        // As in PEFT's checkpoints: a row for inputs, a column for outputs, so that l * W is the merged weight in both cases.
        public Adapter(AdaptableLinear layer, bool isFeedForward)
            : base(layer)
        {
            _scalesInput = isFeedForward;
            _l = Parameter("ia3_l", isFeedForward ? ones(1, layer.InputSize) : ones(layer.OutputSize, 1));
        }

        // For inputs l - 1 gives the change alone, so that the start is the frozen output to the last bit.
        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
            => _scalesInput
                ? baseOutput.Plus(nn.functional.linear(input * _l.Value.Minus(1), Layer.Weight.Value))
                : baseOutput * _l.Value.t();

        protected override Tensor Merge(Tensor weight) => weight * _l.Value;

        protected override Tensor? MergeBias(Tensor bias) => _scalesInput ? null : bias * _l.Value.squeeze(1);
    }
}
