using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>Layer normalisation over the hidden width.</summary>
internal sealed class LayerNorm(string name, Tensor weight, Tensor bias, double epsilon) : IDisposable
{
    private readonly long[] _shape = [weight.shape[0]];

    public ModelParameter Weight { get; } = new(name + ".weight", weight, ParameterKind.Bias);

    public ModelParameter Bias { get; } = new(name + ".bias", bias, ParameterKind.Bias);

    public Tensor Forward(Tensor input) => nn.functional.layer_norm(input, _shape, Weight.Value, Bias.Value, epsilon);

    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
