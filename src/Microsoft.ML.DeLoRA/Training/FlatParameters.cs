using Microsoft.ML.DeLoRA.Encoders;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// Parameters moved into one flat tensor, and their gradients into another: each becomes a view, autograd adds into the views,
/// and an optimiser step is a handful of operations however many parameters there are.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    private readonly List<(ModelParameter Parameter, long Start)> _places = [];

    public FlatParameters(IReadOnlyList<ModelParameter> parameters)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        Values = cat([.. parameters.Select(p => p.Value.reshape(-1))], 0).DetachFromDisposeScope();
        Gradients = zeros_like(Values).DetachFromDisposeScope();
        long start = 0;
        foreach (ModelParameter parameter in parameters)
        {
            _places.Add((parameter, start));
            parameter.Replace(View(Values, parameter, start));
            parameter.Trainable = true;
            parameter.Value.grad = View(Gradients, parameter, start);
            start += parameter.Value.numel();
        }
    }

    /// <summary>[elements]: all values.</summary>
    public Tensor Values { get; }

    /// <summary>[elements]: all gradients.</summary>
    public Tensor Gradients { get; }

    /// <summary>The parts of a flat tensor by parameter; the views are disposed by the caller.</summary>
    public IEnumerable<(ModelParameter Parameter, Tensor View)> Parts(Tensor flat)
        => _places.Select(p => (p.Parameter, View(flat, p.Parameter, p.Start)));

    /// <summary>Gives every parameter a tensor of its own again, without gradient, and frees the flat ones.</summary>
    public void Dispose()
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach ((ModelParameter parameter, _) in _places)
            parameter.Replace(parameter.Value.detach().clone());
        Values.Dispose();
        Gradients.Dispose();
    }

    private static Tensor View(Tensor flat, ModelParameter parameter, long start)
        => flat.narrow(0, start, parameter.Value.numel()).view(parameter.Value.shape).detach();
}
