using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// OFT (Qiu et al.: Controlling Text-to-Image Diffusion by Orthogonal Finetuning, NeurIPS 2023, section 3), as PEFT computes it: the
/// input is rotated block by block, y = W (R^T x) + b, where each block of R is Cayley's transform of a trained skew-symmetric S.
/// Rotations keep the angles between the neurons of a layer.
/// </summary>
/// <remarks>
/// Trains in (BlockSize - 1) / 2 numbers per module; with a shared block BlockSize (BlockSize - 1) / 2. Merges exactly into the weight.
/// Starts as the pretrained model, with S = 0. A step costs one more product with W than the layer alone. Defaults are those of PEFT;
/// its dropout of blocks and its constrained variant (COFT) are not here. As in PEFT, the exact transform of S rotates the way that the
/// series does for -S.
/// </remarks>
public sealed record OFTMethod : LinearAdapterMethod
{
    // Each is a product at every step; the series has converged long before.
    private const int MostTerms = 100;

    /// <inheritdoc/>
    public override string Name => "OFT";

    /// <summary>Width of a block, from 2; it must divide the layer's input width. Default 32.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>
    /// True (default) computes Cayley's transform by the first terms of its Neumann series: faster than with an inverse, and
    /// orthogonal as long as S is small. False computes it exactly.
    /// </summary>
    public bool CayleyNeumann { get; init; } = true;

    /// <summary>Terms of that series, from 2 to 100; default 5: up to S^4. 3 is computed as 4, as in PEFT.</summary>
    public int CayleyNeumannTerms { get; init; } = 5;

    /// <summary>True: one block serves the whole width. Default false.</summary>
    public bool BlockShare { get; init; }

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        BlockDiagonal.CheckSize(Name, layer, BlockSize, minimum: 2);
        if (CayleyNeumannTerms is < 2 or > MostTerms)
            throw new ArgumentException(
                $"OFT: {CayleyNeumannTerms} terms of the Neumann series are asked for; choose at least 2 and at most {MostTerms}.");
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        => [("oft_R.weight", [BlockShare ? 1 : layer.InputSize / BlockSize, BlockSize * (BlockSize - 1L) / 2])];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this);

    private sealed class Adapter : LinearAdapter
    {
        private readonly OFTMethod _method;
        private readonly ModelParameter _entries;
        private readonly ModelParameter _upperTriangle;

        public Adapter(AdaptableLinear layer, OFTMethod method)
            : base(layer)
        {
            _method = method;
            long blocks = method.BlockShare ? 1 : layer.InputSize / method.BlockSize;
            _entries = Parameter("oft_R.weight", zeros(blocks, method.BlockSize * (method.BlockSize - 1L) / 2));
            _upperTriangle = Derived("upper_triangle", SkewSymmetric.UpperTriangle(method.BlockSize));
        }

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
            => ChangedInput.Forward(Layer, input, BlockDiagonal.Apply(input, Rotations()), baseOutput);

        protected override Tensor Merge(Tensor weight) => BlockDiagonal.Apply(weight, Rotations().transpose(1, 2));

        // The blocks of R, [blocks, size, size].
        private Tensor Rotations()
        {
            Tensor skew = SkewSymmetric.Fill(_entries.Value, _upperTriangle.Value, _method.BlockSize);
            return _method.CayleyNeumann ? Cayley.Series(skew, _method.CayleyNeumannTerms) : Cayley.Transform(skew);
        }
    }
}
