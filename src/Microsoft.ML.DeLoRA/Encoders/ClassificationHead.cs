using Microsoft.ML.DeLoRA.Families;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// A classifier's head, as the encoder's family has it: dropout (or none), dense, tanh, dropout, projection, on the first token's
/// hidden state: [count, hidden] -> [count, outputs]. One output is regression.
/// </summary>
/// <remarks>Owns its parameters, which train by default.</remarks>
public sealed class ClassificationHead : IDisposable
{
    private readonly ModelParameter _denseWeight;
    private readonly ModelParameter _denseBias;
    private readonly ModelParameter _outputWeight;
    private readonly ModelParameter _outputBias;
    private readonly double _dropout;
    private readonly bool _dropsInput;

    /// <summary>Builds the head and takes its weights, named as the family names them: <c>classifier.*</c>.</summary>
    internal ClassificationHead(EncoderConfiguration configuration, int outputs, IWeightSource weights)
    {
        using var scope = NewDisposeScope();
        HeadLayout layout = configuration.Family.Head;
        long hidden = configuration.HiddenSize;
        Outputs = outputs;
        _dropout = configuration.ClassifierDropout ?? configuration.HiddenDropout;
        _dropsInput = layout.DropsInput;
        _denseWeight = Parameter($"{layout.Dense}.weight", [hidden, hidden], ParameterKind.Weight);
        _denseBias = Parameter($"{layout.Dense}.bias", [hidden], ParameterKind.Bias);
        _outputWeight = Parameter($"{layout.Output}.weight", [outputs, hidden], ParameterKind.Weight);
        _outputBias = Parameter($"{layout.Output}.bias", [outputs], ParameterKind.Bias);

        ModelParameter Parameter(string name, ReadOnlySpan<long> shape, ParameterKind kind)
            => new(name, weights.Get(name, shape), kind, trainable: true);
    }

    /// <summary>Number of outputs: classes, or 1 for regression.</summary>
    public int Outputs { get; }

    /// <summary>The four parameters.</summary>
    public IReadOnlyList<ModelParameter> Parameters => [_denseWeight, _denseBias, _outputWeight, _outputBias];

    /// <summary>[count, hidden] -> [count, outputs].</summary>
    public Tensor Forward(Tensor first, SeededDropout? dropout)
    {
        Tensor inner = nn.functional.linear(_dropsInput ? Drop(first, dropout) : first, _denseWeight.Value, _denseBias.Value).tanh();
        return nn.functional.linear(Drop(inner, dropout), _outputWeight.Value, _outputBias.Value);
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        foreach (ModelParameter parameter in Parameters)
            parameter.Dispose();
    }

    private Tensor Drop(Tensor x, SeededDropout? dropout) => dropout is null ? x : dropout.Apply(x, _dropout);
}
