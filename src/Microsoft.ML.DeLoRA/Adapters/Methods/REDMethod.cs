using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// RED (Wu et al.: Advancing Parameter Efficiency in Fine-tuning via Representation Editing, ACL 2024, section 3): l_s * h + l_b,
/// element by element, on the output h [out] of each encoder layer's feed-forward part.
/// </summary>
/// <remarks>
/// Trains 2 * out numbers per module. Merges exactly into weight and bias. Starts as the pretrained model, with l_s = 1 and l_b = 0, as
/// in the paper.
/// </remarks>
public sealed record REDMethod : LinearAdapterMethod
{
    /// <summary>Targets the second feed-forward layer of each encoder layer, as the paper.</summary>
    public REDMethod() => TargetModules = [ModulePattern.FeedForwardOutput];

    /// <inheritdoc/>
    public override string Name => "RED";

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        => [("red_scale", [layer.OutputSize]), ("red_bias", [layer.OutputSize])];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer);

    private sealed class Adapter : LinearAdapter
    {
        private readonly ModelParameter _scale;
        private readonly ModelParameter _bias;

        public Adapter(AdaptableLinear layer)
            : base(layer)
        {
            _scale = Parameter("red_scale", ones(layer.OutputSize));
            _bias = Parameter("red_bias", zeros(layer.OutputSize), ParameterKind.Bias);
        }

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
            => (baseOutput * _scale.Value).Plus(_bias.Value);

        protected override Tensor Merge(Tensor weight) => weight * _scale.Value.unsqueeze(1);

        protected override Tensor MergeBias(Tensor bias) => (bias * _scale.Value).Plus(_bias.Value);
    }
}
