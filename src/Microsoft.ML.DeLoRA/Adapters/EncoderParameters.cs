using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Adapters;

/// <summary>
/// The encoder's own parameters that a method trains. Each has two values, the pretrained one and the trained one; one of them is in
/// the encoder and the other waits here.
/// </summary>
internal sealed class EncoderParameters : IDisposable
{
    private readonly (ModelParameter Parameter, ModelParameter Waiting)[] _pairs;

    /// <summary>Starts with the pretrained values in the encoder and copies of them as trained ones.</summary>
    public EncoderParameters(IEnumerable<ModelParameter> parameters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        _pairs = [.. parameters.Select(p => (p, new ModelParameter(p.Name, p.Value.detach().clone(), p.Kind)))];
    }

    public IEnumerable<ModelParameter> All => _pairs.Select(p => p.Parameter);

    /// <summary>Where the trained values are: in the encoder, or here.</summary>
    public IEnumerable<ModelParameter> Trained => _pairs.Select(p => IsOn ? p.Parameter : p.Waiting);

    /// <summary>True while the encoder has the trained values.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Exchanges the values, bit by bit.</summary>
    public void Switch(bool on)
    {
        if (on == IsOn)
            return;
        IsOn = on;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach ((ModelParameter parameter, ModelParameter waiting) in _pairs)
        {
            Tensor value = parameter.Value.detach().clone();
            parameter.CopyFrom(waiting.Value);
            waiting.CopyFrom(value);
            parameter.Trainable = on;
        }
    }

    public void Dispose()
    {
        foreach ((_, ModelParameter waiting) in _pairs)
            waiting.Dispose();
    }
}
