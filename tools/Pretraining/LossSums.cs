using Microsoft.ML.DeLoRA.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Pretraining;

/// <summary>The two losses added up over the steps since the last log, on the device: no step waits for its result.</summary>
internal sealed class LossSums(Device device) : IDisposable
{
    private readonly Tensor _sums = zeros([2], float64, device).DetachFromDisposeScope();

    /// <summary>Adds one step's losses, both scalars.</summary>
    public void Add(Tensor masked, Tensor neighbour)
    {
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        _sums.AddInPlace(stack([masked, neighbour], 0).to_type(float64));
    }

    /// <summary>The sums; waits for all steps so far. Once a step's loss is not finite, its sum stays so.</summary>
    public (double Masked, double Neighbour) Read()
    {
        using var scope = NewDisposeScope();
        Tensor values = _sums.cpu();
        double[] sums = values.data<double>().ToArray();
        return (sums[0], sums[1]);
    }

    public void Clear() => _sums.SetToZero();

    public void Dispose() => _sums.Dispose();
}
