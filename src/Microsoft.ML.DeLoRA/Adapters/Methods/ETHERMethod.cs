using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// ETHER (Bini, Roth, Akata, Khoreva: ETHER: Efficient Finetuning of Large-Scale Models with Hyperplane Reflections, ICML 2024,
/// section 3): H W, where H is block-diagonal with one reflection I - 2 u u^T / |u|^2 per block, so that the distance |H - I|_F is 2
/// per block whatever u becomes.
/// </summary>
/// <remarks>
/// Trains out numbers per module, whatever the number of blocks. Merges exactly into the weight; the bias is not reflected. A
/// reflection is never the identity, so training does not start from the pretrained model. u starts uniform within +-1 / sqrt(size of
/// a block), as in the authors' code.
/// </remarks>
public sealed record ETHERMethod : LinearAdapterMethod
{
    /// <inheritdoc/>
    public override string Name => "ETHER";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool StartsAsBase => false;

    /// <summary>Number of reflections that share the output width; it must divide the width. Default 4.</summary>
    public int Blocks { get; init; } = 4;

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
        => BlockDiagonal.CheckCount(Name, layer, Blocks, layer.OutputSize, "output");

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        => [("ether_u", [Blocks, layer.OutputSize / Blocks])];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, generator);

    private sealed class Adapter : LinearAdapter
    {
        private readonly ModelParameter _u;

        public Adapter(AdaptableLinear layer, ETHERMethod method, Generator generator)
            : base(layer)
            => _u = Parameter("ether_u", LowRankMethod.Kaiming([method.Blocks, layer.OutputSize / method.Blocks], generator));

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            Tensor u = BlockDiagonal.UnitColumns(_u.Value);
            Tensor along = baseOutput.mm(u) - Layer.Bias.Value.unsqueeze(0).mm(u);
            return baseOutput.addmm(along, u.t(), 1, -2);
        }

        protected override Tensor Merge(Tensor weight)
        {
            Tensor u = BlockDiagonal.UnitColumns(_u.Value);
            return weight.addmm(u, u.t().mm(weight), 1, -2);
        }
    }
}
