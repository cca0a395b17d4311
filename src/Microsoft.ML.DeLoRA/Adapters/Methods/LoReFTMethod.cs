using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// LoReFT (Wu et al.: ReFT, Representation Finetuning for Language Models, 2024, equation 2): h + R^T (W h + b - R h) on the hidden
/// states h that chosen layers give out, at the first and last tokens of each sequence. R [r, hidden] has orthonormal rows, which are
/// those of a free matrix after Gram-Schmidt; W [r, hidden], b [r]. Trained parameters: 2 r hidden + r for each layer. It acts on
/// states, not weights, so it cannot be merged; and it does not start as the base model, because W and R start apart, as there.
/// </summary>
public sealed record LoReFTMethod : AdapterMethod
{
    /// <inheritdoc/>
    public override string Name => "LoReFT";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool StartsAsBase => false;

    /// <summary>
    /// r: the dimensions of the subspace that is edited, from 1 to the hidden width; default 1, as in the source's GLUE runs.
    /// </summary>
    public int Rank { get; init; } = 1;

    /// <summary>How many tokens at the start of each sequence are edited, at least 0; default 1: the one that the head reads.</summary>
    public int PrefixLength { get; init; } = 1;

    /// <summary>How many tokens at the end of each sequence are edited, at least 0; default 0.</summary>
    public int SuffixLength { get; init; }

    /// <summary>Numbers of the encoder layers, from 0, whose output is edited; null (default): all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Probability of dropping an element of W h + b - R h while training, at least 0 and below 1; default 0.</summary>
    public double Dropout { get; init; }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Name, long[] Shape)> ShapesFor(PackedEncoder encoder)
    {
        long[] matrix = [Rank, encoder.Configuration.HiddenSize];
        (string, long[])[] parts = [("reft_R", matrix), ("reft_W", matrix), ("reft_b", [Rank])];
        return CheckedLayers(encoder).SelectMany(
            layer => parts.Select(part => (AdapterNames.Of(encoder.Family, $"{layer.Name}.{part.Item1}"), part.Item2)));
    }

    /// <inheritdoc/>
    internal override AdapterPlacement Place(PackedEncoder encoder, Generator generator)
    {
        EncoderLayer[] layers = CheckedLayers(encoder);
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        int hidden = encoder.Configuration.HiddenSize;
        return new AdapterPlacement([.. layers.Select(l => new Intervention(l, this, hidden, encoder.Device, generator))], []);
    }

    private EncoderLayer[] CheckedLayers(PackedEncoder encoder)
    {
        int hidden = encoder.Configuration.HiddenSize;
        if (Rank < 1 || Rank > hidden)
            throw new ArgumentException($"LoReFT: rank {Rank} does not fit the hidden width; choose a rank from 1 to {hidden}.");
        if (PrefixLength < 0 || SuffixLength < 0 || PrefixLength + SuffixLength == 0)
            throw new ArgumentException(
                $"LoReFT: prefix {PrefixLength} and suffix {SuffixLength} name no token; both must be at least 0 and one above.");
        CheckDropout(Dropout);
        return [.. ModulePattern.SelectLayers(encoder.Layers.Count, Layers).Select(n => encoder.Layers[n])];
    }

    private sealed class Intervention : HiddenStateAdapter
    {
        private readonly LoReFTMethod _method;
        private readonly ModelParameter _r;
        private readonly ModelParameter _w;
        private readonly ModelParameter _b;

        public Intervention(EncoderLayer layer, LoReFTMethod method, int hidden, Device device, Generator generator)
            : base(layer, device)
        {
            _method = method;
            double bound = 1 / Math.Sqrt(hidden);
            _r = Parameter("reft_R", empty(method.Rank, hidden).normal_(0, 1, generator));
            _w = Parameter("reft_W", empty(method.Rank, hidden).uniform_(-bound, bound, generator));
            _b = Parameter("reft_b", empty(method.Rank).uniform_(-bound, bound, generator), ParameterKind.Bias);
        }

        public override Tensor Forward(Tensor hidden, ForwardContext context)
        {
            Tensor tokens = context.Batch.EdgeTokens(_method.PrefixLength, _method.SuffixLength, context.FirstOnly);
            if (tokens.shape[0] == 0)
                return hidden;
            Tensor rotation = GramSchmidt.Rows(_r.Value);
            Tensor h = hidden.index_select(0, tokens);
            Tensor edit = nn.functional.linear(h, _w.Value - rotation, _b.Value);
            if (context.Dropout is { } dropout)
                edit = dropout.Apply(edit, _method.Dropout);
            return hidden.PlusRows(tokens, matmul(edit, rotation));
        }
    }
}
