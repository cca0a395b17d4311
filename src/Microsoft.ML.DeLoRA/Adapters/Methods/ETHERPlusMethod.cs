using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// ETHER+ (Bini, Roth, Akata, Khoreva: ETHER: Efficient Finetuning of Large-Scale Models with Hyperplane Reflections, ICML 2024,
/// section 3): H W H', where H and H' are block-diagonal with I - u u^T / |u|^2 + v v^T / |v|^2 per block, so that the distances
/// |H - I|_F and |H' - I|_F are at most 2 per block whatever u and v become.
/// </summary>
/// <remarks>
/// Trains 2 (out + in) numbers per module, 2 out one-sided, whatever the number of blocks. Merges exactly into the weight; the bias is
/// not transformed. Starts as the pretrained model, with v = u uniform within +-1 / sqrt(size of a block), as in the authors' code (they
/// start with v = -u, which is the same H).
/// </remarks>
public sealed record ETHERPlusMethod : LinearAdapterMethod
{
    /// <inheritdoc/>
    public override string Name => "ETHER+";

    /// <summary>Number of blocks on each side; it must divide the output width and, unless one-sided, the input width. Default 4.</summary>
    public int Blocks { get; init; } = 4;

    /// <summary>True transforms the output side only: H W. Default false.</summary>
    public bool OneSided { get; init; }

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        BlockDiagonal.CheckCount(Name, layer, Blocks, layer.OutputSize, "output");
        if (!OneSided)
            BlockDiagonal.CheckCount(Name, layer, Blocks, layer.InputSize, "input");
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
    {
        long[] output = [Blocks, layer.OutputSize / Blocks], input = [Blocks, layer.InputSize / Blocks];
        IEnumerable<(string, long[])> otherSide = OneSided ? [] : [("ether_u_in", input), ("ether_v_in", input)];
        return [("ether_u", output), ("ether_v", output), .. otherSide];
    }

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, generator);

    private sealed class Adapter : LinearAdapter
    {
        private readonly ModelParameter _u;
        private readonly ModelParameter _v;
        private readonly ModelParameter? _inputU;
        private readonly ModelParameter? _inputV;

        public Adapter(AdaptableLinear layer, ETHERPlusMethod method, Generator generator)
            : base(layer)
        {
            Tensor u = LowRankMethod.Kaiming([method.Blocks, layer.OutputSize / method.Blocks], generator);
            _u = Parameter("ether_u", u);
            _v = Parameter("ether_v", u.clone());
            if (method.OneSided)
                return;
            Tensor inputU = LowRankMethod.Kaiming([method.Blocks, layer.InputSize / method.Blocks], generator);
            _inputU = Parameter("ether_u_in", inputU);
            _inputV = Parameter("ether_v_in", inputU.clone());
        }

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            Tensor output = baseOutput;
            if (_inputU is not null && _inputV is not null)
            {
                // W H' x = W x + (W L) (R^T x): two narrow products per token, W L once per step.
                (Tensor inputLeft, Tensor inputRight) = Change(_inputU.Value, _inputV.Value);
                output = output.addmm(input.mm(inputRight), Layer.Weight.Value.mm(inputLeft).t());
            }
            (Tensor left, Tensor right) = Change(_u.Value, _v.Value);
            Tensor along = output.mm(right) - Layer.Bias.Value.unsqueeze(0).mm(right);
            return output.addmm(along, left.t());
        }

        protected override Tensor Merge(Tensor weight)
        {
            Tensor changed = weight;
            if (_inputU is not null && _inputV is not null)
            {
                (Tensor inputLeft, Tensor inputRight) = Change(_inputU.Value, _inputV.Value);
                changed = weight.addmm(weight.mm(inputLeft), inputRight.t());
            }
            (Tensor left, Tensor right) = Change(_u.Value, _v.Value);
            return changed.addmm(left, right.t().mm(changed));
        }

        // H - I = v v^T - u u^T as L R^T, [width, 2 blocks] each: with d = v - u it is d v^T + u d^T, which is exactly zero while v = u.
        private static (Tensor Left, Tensor Right) Change(Tensor u, Tensor v)
        {
            Tensor unitU = BlockDiagonal.UnitColumns(u);
            Tensor unitV = BlockDiagonal.UnitColumns(v);
            Tensor difference = unitV - unitU;
            return (cat([difference, unitU], 1), cat([unitV, difference], 1));
        }
    }
}
