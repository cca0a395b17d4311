using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>Copies of some of the encoder's parameters, to be brought back bit by bit.</summary>
internal sealed class EncoderBackup : IDisposable
{
    private readonly (ModelParameter Parameter, Tensor Value)[] _copies;

    public EncoderBackup(IEnumerable<ModelParameter> parameters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        _copies = [.. parameters.Select(p => (p, p.Value.clone().DetachFromDisposeScope()))];
    }

    /// <summary>The copy of a parameter, or null when it has none.</summary>
    public Tensor? ValueOf(ModelParameter parameter) => _copies.FirstOrDefault(c => c.Parameter == parameter).Value;

    public void Restore()
    {
        foreach ((ModelParameter parameter, Tensor value) in _copies)
            parameter.CopyFrom(value);
    }

    public void Dispose()
    {
        foreach ((_, Tensor value) in _copies)
            value.Dispose();
    }
}
