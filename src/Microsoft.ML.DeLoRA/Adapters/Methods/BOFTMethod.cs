using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// BOFT (Liu et al.: Parameter-Efficient Orthogonal Finetuning via Butterfly Factorization, ICLR 2024, section 4), as PEFT computes it:
/// y = s * (W (R^T x)) + b, where R = B_m ... B_1 is a product of m sparse orthogonal factors and s [out] scales the outputs. Each factor
/// is block-diagonal after a permutation that brings together what the factors before it left apart; its blocks are Cayley's transform
/// of (P - P^T) / 2 with P trained.
/// </summary>
/// <remarks>
/// Trains ButterflyFactors * in * BlockSize + out numbers per module, of which the symmetric part of P has no effect. Merges exactly
/// into the weight. Starts as the pretrained model, with P = 0 and s = 1. A step costs one more product with W than the layer alone.
/// Defaults are those of PEFT, which without its CUDA extension computes one factor only; its dropout of blocks is not here.
/// </remarks>
public sealed record BOFTMethod : LinearAdapterMethod
{
    /// <inheritdoc/>
    public override string Name => "BOFT";

    /// <summary>Width of a block, from 2; it must divide the layer's input width, and be even with several factors. Default 4.</summary>
    public int BlockSize { get; init; } = 4;

    /// <summary>m, at least 1: factor i mixes over BlockSize * 2^(i - 1) inputs, which must divide the input width. Default 1.</summary>
    public int ButterflyFactors { get; init; } = 1;

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        BlockDiagonal.CheckSize(Name, layer, BlockSize, minimum: 2);
        if (ButterflyFactors < 1)
            throw new ArgumentException($"BOFT: {ButterflyFactors} butterfly factors are asked for; choose at least 1.");
        if (ButterflyFactors == 1)
            return;
        int most = 1;
        while (BlockSize % 2 == 0 && layer.InputSize % ((long)BlockSize << most) == 0)
            most++;
        if (ButterflyFactors > most)
            throw new ArgumentException(
                $"BOFT: {ButterflyFactors} butterfly factors of block size {BlockSize} do not fit module '{layer.Name}' of shape "
                + $"{layer.Shape}; choose from 1 to {most} factors, or a smaller even block size.");
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        => [("boft_R", [ButterflyFactors, layer.InputSize / BlockSize, BlockSize, BlockSize]), ("boft_s", [layer.OutputSize, 1])];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this);

    private sealed class Adapter : LinearAdapter
    {
        private readonly ModelParameter _blocks;
        private readonly ModelParameter _scale;

        public Adapter(AdaptableLinear layer, BOFTMethod method)
            : base(layer)
        {
            int size = method.BlockSize;
            _blocks = Parameter("boft_R", zeros(method.ButterflyFactors, layer.InputSize / size, size, size));
            _scale = Parameter("boft_s", ones(layer.OutputSize, 1));
        }

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            Tensor output = ChangedInput.Forward(Layer, input, BlockDiagonal.Apply(input, Rotations()), baseOutput);
            Tensor scale = _scale.Value.flatten();
            // The bias is not scaled; what is added for it is exactly zero while s = 1.
            return (output * scale).Plus(Layer.Bias.Value - scale * Layer.Bias.Value);
        }

        protected override Tensor Merge(Tensor weight) => BlockDiagonal.Apply(weight, Rotations().transpose(1, 2)) * _scale.Value;

        // R as blocks, [count, width, width]. No factor reaches beyond a stretch of as many inputs as the last one mixes, so that the
        // factors are multiplied here, once per step, and the tokens see one product.
        private Tensor Rotations()
        {
            Tensor[] factors = Cayley.Transform((_blocks.Value - _blocks.Value.transpose(2, 3)).Times(0.5)).unbind();
            if (factors.Length == 1)
                return factors[0];
            long width = _blocks.Value.shape[3] << (factors.Length - 1);
            Tensor product = eye(width, dtype: _blocks.Value.dtype, device: _blocks.Value.device).repeat(1, Layer.InputSize / width);
            for (int level = factors.Length - 1; level >= 0; level--)
                product = Butterfly(product, factors[level], 1L << level);
            return product.view(width, -1, width).transpose(0, 1);
        }

        // x B_i: a stretch of span blocks' width is cut into 2 span half blocks; block j of the factor works on half blocks j and span + j.
        private static Tensor Butterfly(Tensor x, Tensor blocks, long span)
        {
            long size = blocks.shape[2];
            Tensor halves = x.reshape(x.shape[0], -1, 2, span, size / 2).permute(1, 3, 0, 2, 4);
            Tensor turned = halves.reshape(-1, x.shape[0], size).bmm(blocks).view(halves.shape);
            return turned.permute(2, 0, 3, 1, 4).reshape(x.shape);
        }
    }
}
