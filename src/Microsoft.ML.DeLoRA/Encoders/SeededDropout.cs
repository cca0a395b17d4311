using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>
/// Inverted dropout with a random source of its own: a training run is repeatable whatever else in the process draws numbers.
/// Layers take a <see cref="SeededDropout"/> while training and null in evaluation.
/// </summary>
/// <remarks>Not thread-safe: one instance per training run.</remarks>
public sealed class SeededDropout : IDisposable
{
    private readonly MaskGenerator _masks;
    private readonly Generator? _deviceGenerator;

    /// <summary>Seeds the random source.</summary>
    /// <param name="seed">Two runs with equal seeds on one kind of device drop the same elements.</param>
    /// <param name="device">Where the tensors are; null: the CPU.</param>
    public SeededDropout(long seed, Device? device = null)
    {
        _masks = new MaskGenerator(seed);
        if (device is not null && device.type != DeviceType.CPU)
            _deviceGenerator = new Generator(unchecked((ulong)seed), device);
    }

    /// <summary>
    /// Sets each element to zero with probability <paramref name="probability"/> and scales the rest by 1 / (1 - probability).
    /// Returns <paramref name="input"/> itself when the probability is 0.
    /// </summary>
    public Tensor Apply(Tensor input, double probability)
    {
        if (probability <= 0)
            return input;
        double keep = 1 - probability;
        Tensor mask = empty(input.shape, float32, input.device);
        if (_deviceGenerator is null)
            _masks.Fill(MemoryMarshal.Cast<byte, float>(mask.bytes), keep);
        else
            mask.bernoulli_(keep, _deviceGenerator).DivideInPlace(keep);
        return input * mask.to_type(input.dtype);
    }

    /// <summary>What all masks from now on follow from.</summary>
    internal DropoutState State()
    {
        using Tensor? device = _deviceGenerator?.get_state();
        return new DropoutState(_masks.State(), device?.bytes.ToArray() ?? []);
    }

    /// <summary>Brings back what <see cref="State"/> gave on the same kind of device.</summary>
    internal void SetState(DropoutState state)
    {
        _masks.SetState(state.Masks);
        if (_deviceGenerator is null)
            return;
        using Tensor device = empty([state.Device.Length], uint8);
        state.Device.CopyTo(device.bytes);
        _deviceGenerator.set_state(device);
    }

    /// <summary>Frees the random source.</summary>
    public void Dispose() => _deviceGenerator?.Dispose();
}
