using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// HRA (Yuan, Liu, Xu: Bridging The Gap between Low-rank and Orthogonal Adaptation via Householder Reflection Adaptation, NeurIPS 2024,
/// section 3): W H_1 H_2 ... H_r with the reflections H_i = I - 2 u_i u_i^T / |u_i|^2 of the columns u_i of U [in, r].
/// </summary>
/// <remarks>
/// Trains in * r numbers per module. Merges exactly into the weight. The change of W has rank r, and is computed so: I - P Q^T with P
/// and Q [in, r], at the cost of LoRA. Defaults are those of PEFT.
/// </remarks>
public sealed record HRAMethod : LinearAdapterMethod
{
    /// <inheritdoc/>
    public override string Name => "HRA";

    /// <summary>r: the number of reflections, from 1 to the layer's input width; default 8.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>
    /// True: the reflections are those of the orthonormal vectors that Gram-Schmidt makes of the columns of U, so that their product is
    /// I - 2 Q Q^T (the paper's strict orthogonality). Default false.
    /// </summary>
    public bool GramSchmidt { get; init; }

    /// <summary>
    /// True (default): pairs of equal columns, whose reflections undo each other. They are only possible with an even rank and without
    /// Gram-Schmidt, which has no direction for a second equal column; otherwise, as with false, all columns start at random and
    /// training does not start from the pretrained model.
    /// </summary>
    public bool SymmetricInitialization { get; init; } = true;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool StartsAsBase => SymmetricInitialization && !GramSchmidt && Rank % 2 == 0;

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        if (Rank < 1 || Rank > layer.InputSize)
            throw new ArgumentException($"HRA: rank {Rank} does not fit module '{layer.Name}' of shape {layer.Shape}; "
                + $"choose a rank from 1 to {layer.InputSize}.");
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        => [("hra_u", [layer.InputSize, Rank])];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, generator);

    private sealed class Adapter : LowRankAdapter
    {
        private readonly bool _gramSchmidt;
        private readonly ModelParameter _u;

        public Adapter(AdaptableLinear layer, HRAMethod method, Generator generator)
            : base(layer, dropoutProbability: 0)
        {
            _gramSchmidt = method.GramSchmidt;
            Tensor u = method.StartsAsBase
                ? LowRankMethod.Kaiming([layer.InputSize, method.Rank / 2], generator).repeat_interleave(2, 1)
                : LowRankMethod.Kaiming([layer.InputSize, method.Rank], generator);
            _u = Parameter("hra_u", u);
        }

        // W (I - P Q^T) = W + (-W P) Q^T: W goes into the small matrix, once per step.
        public override (Tensor Down, Tensor Up) Change()
        {
            (Tensor left, Tensor right) = Reflections();
            return (right.t(), Layer.Weight.Value.mm(-left));
        }

        // Their product as I - P Q^T, P and Q [in, r].
        private (Tensor Left, Tensor Right) Reflections()
        {
            if (_gramSchmidt)
            {
                // I - 2 Q Q^T does not depend on the signs of the columns, the only freedom of an orthonormal basis made in order.
                (Tensor q, _) = linalg.qr(_u.Value);
                return (q, q.Times(2));
            }
            Tensor unit = _u.Value / _u.Value.norm(0, keepdim: true);
            return _u.Value.shape[1] % 2 == 0 ? HouseholderChain.OfPairs(unit) : HouseholderChain.Of(unit);
        }
    }
}
