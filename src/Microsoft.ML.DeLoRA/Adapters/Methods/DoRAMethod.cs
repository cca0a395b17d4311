using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// DoRA (Liu et al.: Weight-Decomposed Low-Rank Adaptation, ICML 2024, equation 5): diag(m / n) (W + (alpha / r) B A), where n [out] are
/// the norms of the rows of W + (alpha / r) B A, a constant to the gradient (section 4.3), and m [out] starts as the norms of W's
/// rows. The bias is not scaled. Trains r (in + out) + out numbers per module, r (in + out) when m is fixed, and merges exactly.
/// Defaults are PEFT's: rank 8, alpha 8.
/// </summary>
/// <remarks>
/// As in PEFT, dropout also reaches the frozen product where DoRA rescales it: the output is x W^T + b + (m / n - 1) z W^T
/// + (m / n) (alpha / r) z A^T B^T with z the dropped x. That costs a second frozen product per step; without dropout there is none.
/// </remarks>
public sealed record DoRAMethod : ScaledLowRankMethod
{
    /// <inheritdoc/>
    public override string Name => "DoRA";

    /// <summary>False keeps m as it starts, so that only directions train (DeLoRA's paper, appendix C); default true.</summary>
    public bool TrainMagnitude { get; init; } = true;

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        =>
        [
            ("lora_A.weight", [RankFor(layer), layer.InputSize]),
            ("lora_B.weight", [layer.OutputSize, RankFor(layer)]),
            ("lora_magnitude_vector", [layer.OutputSize]),
        ];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, RankFor(layer), ScaleFor(layer), generator);

    private sealed class Adapter : LinearAdapter
    {
        private readonly double _dropout;
        private readonly double _scale;
        private readonly ModelParameter _a;
        private readonly ModelParameter _b;
        private readonly ModelParameter _magnitude;

        public Adapter(AdaptableLinear layer, DoRAMethod method, int rank, double scale, Generator generator)
            : base(layer)
        {
            (_dropout, _scale) = (method.Dropout, scale);
            _a = Parameter("lora_A.weight", Kaiming([rank, layer.InputSize], generator));
            _b = Parameter("lora_B.weight", zeros(layer.OutputSize, rank));
            // The same computation as in every step, so that m / n is 1 to the last bit at the start.
            Tensor norms = Norms();
            _magnitude = method.TrainMagnitude ? Parameter("lora_magnitude_vector", norms) : Buffer("lora_magnitude_vector", norms);
        }

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            (Tensor x, Tensor product) = (input, baseOutput - Layer.Bias.Value);
            if (context.Dropout is { } dropout && _dropout > 0)
            {
                x = dropout.Apply(input, _dropout);
                product = nn.functional.linear(x, Layer.Weight.Value);
            }
            Tensor factor = _magnitude.Value / Norms();
            Tensor up = _b.Value * factor.Times(_scale).unsqueeze(1);
            return baseOutput.PlusProduct(product, factor.Minus(1)).addmm(nn.functional.linear(x, _a.Value), up.t());
        }

        protected override Tensor Merge(Tensor weight) => Direction() * (_magnitude.Value / Norms()).unsqueeze(1);

        // n, [out]. A row of zeros, as pruning leaves it, stays one instead of becoming NaN.
        private Tensor Norms()
        {
            using IDisposable noGrad = no_grad();
            return WrappedTensorDisposeScope(() => Direction().norm(1).AtLeast(1e-12));
        }

        private Tensor Direction() => Layer.Weight.Value.addmm(_b.Value.Times(_scale), _a.Value);
    }
}
