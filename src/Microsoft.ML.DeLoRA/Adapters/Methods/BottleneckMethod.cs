using System.Text.Json.Serialization;
using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Bottleneck adapters (Houlsby et al.: Parameter-Efficient Transfer Learning for NLP, ICML 2019, section 2), as the DeLoRA authors'
/// baseline computes them, without biases: h + scaling * up(act(down(h))) on a layer's output h, or, parallel (He et al.: Towards a
/// Unified View of Parameter-Efficient Transfer Learning, ICLR 2022, section 3), h + scaling * up(act(down(x))) on its input x.
/// </summary>
/// <remarks>
/// Trains 2 * Size * out numbers per module; parallel Size * (in + out). Not linear in x, so it cannot be merged. Starts as the
/// pretrained model with <see cref="BottleneckInitialization.ZeroUp"/>. "Adapter" of the DeLoRA paper's tables is the default,
/// "Adapter-FFN" is <see cref="AfterFeedForward"/>.
/// </remarks>
public sealed record BottleneckMethod : LinearAdapterMethod
{
    /// <summary>Targets the layers after the attention and after the feed-forward part of each encoder layer, as Houlsby et al.</summary>
    public BottleneckMethod() => TargetModules = ["output.dense"];

    /// <summary>
    /// Adapters after the feed-forward part only (Pfeiffer et al.: AdapterFusion, EACL 2021); by hand:
    /// <c>TargetModules = [ModulePattern.FeedForwardOutput]</c>.
    /// </summary>
    public static BottleneckMethod AfterFeedForward => new() { TargetModules = [ModulePattern.FeedForwardOutput] };

    /// <inheritdoc/>
    public override string Name => "Bottleneck";

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool StartsAsBase => Initialization == BottleneckInitialization.ZeroUp;

    /// <summary>Width of the bottleneck, at least 1; default 64.</summary>
    public int Size { get; init; } = 64;

    /// <summary>True works on the layer's input beside the layer, false (default) on its output.</summary>
    public bool Parallel { get; init; }

    /// <summary>
    /// The function between the two matrices; default <see cref="BottleneckActivation.Tanh"/>, as in the DeLoRA authors' code.
    /// </summary>
    public BottleneckActivation Activation { get; init; }

    /// <summary>What the adapter's share is multiplied by; default 1.</summary>
    public double Scaling { get; init; } = 1;

    /// <summary>How the matrices start; default <see cref="BottleneckInitialization.ZeroUp"/>.</summary>
    public BottleneckInitialization Initialization { get; init; }

    /// <summary>
    /// Probability of dropping an element of what goes into the adapter while training, at least 0 and below 1; default 0.
    /// </summary>
    public double Dropout { get; init; }

    /// <inheritdoc/>
    protected internal override void Check(AdaptableLinear layer)
    {
        if (Size < 1)
            throw new ArgumentException($"Bottleneck: the size is {Size}; choose at least 1.");
        if (!LinearAdapterMethod.IsFactor(Scaling))
            throw new ArgumentException(
                FormattableString.Invariant($"Bottleneck: the scaling is {Scaling}; choose a number from -1e30 to 1e30."));
        CheckDropout(Dropout);
        if (!Enum.IsDefined(Activation))
            throw new ArgumentException($"Bottleneck: there is no activation {Activation}.");
        if (!Enum.IsDefined(Initialization))
            throw new ArgumentException($"Bottleneck: there is no initialization {Initialization}.");
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(string Suffix, long[] Shape)> Shapes(AdaptableLinear layer)
        =>
        [
            ("adapter_down.weight", [Size, Parallel ? layer.InputSize : layer.OutputSize]),
            ("adapter_up.weight", [layer.OutputSize, Size]),
        ];

    /// <inheritdoc/>
    protected internal override LinearAdapter Create(AdaptableLinear layer, Generator generator)
        => new Adapter(layer, this, generator);

    private sealed class Adapter : LinearAdapter
    {
        private readonly BottleneckMethod _method;
        private readonly ModelParameter _down;
        private readonly ModelParameter _up;

        public Adapter(AdaptableLinear layer, BottleneckMethod method, Generator generator)
            : base(layer)
        {
            _method = method;
            long[] down = [method.Size, method.Parallel ? layer.InputSize : layer.OutputSize];
            long[] up = [layer.OutputSize, method.Size];
            bool zeroUp = method.Initialization == BottleneckInitialization.ZeroUp;
            _down = Parameter("adapter_down.weight", zeroUp ? LowRankMethod.Kaiming(down, generator) : Normal(down));
            _up = Parameter("adapter_up.weight", zeroUp ? zeros(up) : Normal(up));

            Tensor Normal(long[] shape) => empty(shape).normal_(0, 0.02, generator);
        }

        public override bool CanMerge => false;

        public override Tensor Forward(Tensor input, Tensor baseOutput, ForwardContext context)
        {
            Tensor x = _method.Parallel ? input : baseOutput;
            if (context.Dropout is { } dropout)
                x = dropout.Apply(x, _method.Dropout);
            Tensor inner = Activate(nn.functional.linear(x, _down.Value));
            return baseOutput.addmm(inner, _up.Value.t(), 1, (float)_method.Scaling);
        }

        protected override Tensor Merge(Tensor weight)
            => throw new NotSupportedException("A bottleneck adapter is not linear in the layer's input, so no weight gives its output.");

        private Tensor Activate(Tensor x) => _method.Activation switch
        {
            BottleneckActivation.Tanh => x.tanh(),
            BottleneckActivation.Gelu => nn.functional.gelu(x),
            _ => x.relu(),
        };
    }
}

/// <summary>The function between the two matrices of a bottleneck adapter.</summary>
public enum BottleneckActivation
{
    /// <summary>tanh.</summary>
    Tanh,

    /// <summary>GELU, exact (not the tanh approximation).</summary>
    Gelu,

    /// <summary>max(x, 0).</summary>
    Relu,
}

/// <summary>How a bottleneck adapter starts.</summary>
public enum BottleneckInitialization
{
    /// <summary>Down uniform within +-1 / sqrt(its columns), up zero: no change at the start (the authors' <c>mam_adapter</c>).</summary>
    ZeroUp,

    /// <summary>Both normal with deviation 0.02: nearly no change at the start (the authors' <c>bert</c>, their default).</summary>
    Bert,
}
