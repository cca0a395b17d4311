using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// The head of Hugging Face's RobertaForSequenceClassification: dropout, dense, tanh, dropout, projection, on the first token's
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

    /// <summary>Builds the head and takes its weights from <c>classifier.*</c>.</summary>
    public ClassificationHead(RobertaConfiguration configuration, int outputs, IWeightSource weights)
    {
        using var scope = NewDisposeScope();
        long hidden = configuration.HiddenSize;
        Outputs = outputs;
        _dropout = configuration.ClassifierDropout ?? configuration.HiddenDropout;
        _denseWeight = Parameter("dense.weight", [hidden, hidden], ParameterKind.Weight);
        _denseBias = Parameter("dense.bias", [hidden], ParameterKind.Bias);
        _outputWeight = Parameter("out_proj.weight", [outputs, hidden], ParameterKind.Weight);
        _outputBias = Parameter("out_proj.bias", [outputs], ParameterKind.Bias);

        ModelParameter Parameter(string part, ReadOnlySpan<long> shape, ParameterKind kind)
            => new($"classifier.{part}", weights.Get($"classifier.{part}", shape), kind, trainable: true);
    }

    /// <summary>What the parameters are called in Hugging Face's models.</summary>
    internal static IReadOnlyList<string> ParameterNames { get; } =
        ["classifier.dense.weight", "classifier.dense.bias", "classifier.out_proj.weight", "classifier.out_proj.bias"];

    /// <summary>Number of outputs: classes, or 1 for regression.</summary>
    public int Outputs { get; }

    /// <summary>The four parameters.</summary>
    public IReadOnlyList<ModelParameter> Parameters => [_denseWeight, _denseBias, _outputWeight, _outputBias];

    /// <summary>[count, hidden] -> [count, outputs].</summary>
    public Tensor Forward(Tensor first, Dropout? dropout)
    {
        Tensor inner = nn.functional.linear(Drop(first, dropout), _denseWeight.Value, _denseBias.Value).tanh();
        return nn.functional.linear(Drop(inner, dropout), _outputWeight.Value, _outputBias.Value);
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        foreach (ModelParameter parameter in Parameters)
            parameter.Dispose();
    }

    private Tensor Drop(Tensor x, Dropout? dropout) => dropout is null ? x : dropout.Apply(x, _dropout);
}
