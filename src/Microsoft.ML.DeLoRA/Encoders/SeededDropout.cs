using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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

/// <summary>The state of a <see cref="SeededDropout"/>'s random source.</summary>
/// <param name="Masks">The generator of masks on the CPU, 32 numbers.</param>
/// <param name="Device">The device's generator; empty on the CPU.</param>
internal sealed record DropoutState(uint[] Masks, byte[] Device);

/// <summary>
/// Draws dropout masks eight elements at a time: eight xoshiro128+ generators (Blackman and Vigna 2018) side by side. Drawing
/// masks with a scalar generator takes a tenth of a training step.
/// </summary>
/// <remarks>Not thread-safe. Equal seeds give equal masks on every machine.</remarks>
internal sealed class MaskGenerator
{
    private Vector256<uint> _s0, _s1, _s2, _s3;

    public MaskGenerator(long seed)
    {
        Span<uint> state = stackalloc uint[32];
        ulong counter = unchecked((ulong)seed);
        for (int i = 0; i < state.Length; i += 2)
        {
            ulong mixed = SplitMix(ref counter);
            (state[i], state[i + 1]) = ((uint)mixed, (uint)(mixed >> 32));
        }
        SetState(state);
    }

    /// <summary>The 32 numbers that all masks from now on follow from.</summary>
    public uint[] State()
    {
        var state = new uint[32];
        _s0.CopyTo(state, 0);
        _s1.CopyTo(state, 8);
        _s2.CopyTo(state, 16);
        _s3.CopyTo(state, 24);
        return state;
    }

    /// <summary>Brings back what <see cref="State"/> gave.</summary>
    public void SetState(ReadOnlySpan<uint> state)
    {
        (_s0, _s1) = (Vector256.Create(state), Vector256.Create(state[8..]));
        (_s2, _s3) = (Vector256.Create(state[16..]), Vector256.Create(state[24..]));
    }

    /// <summary>Sets each element to 1 / <paramref name="keep"/> with probability <paramref name="keep"/>, else to 0.</summary>
    public void Fill(Span<float> mask, double keep)
    {
        // The top 31 bits decide: the comparison of vectors is signed.
        Vector256<int> threshold = Vector256.Create((int)Math.Min(Math.Round(keep * int.MaxValue), int.MaxValue));
        Vector256<float> kept = Vector256.Create((float)(1 / keep));
        int i = 0;
        for (; i <= mask.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            Draw(threshold, kept).CopyTo(mask[i..]);
        if (i < mask.Length)
        {
            Span<float> rest = stackalloc float[Vector256<float>.Count];
            Draw(threshold, kept).CopyTo(rest);
            rest[..(mask.Length - i)].CopyTo(mask[i..]);
        }
    }

    private Vector256<float> Draw(Vector256<int> threshold, Vector256<float> kept)
    {
        Vector256<int> random = ((_s0 + _s3) >>> 1).AsInt32();
        Vector256<uint> t = _s1 << 9;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = (_s3 << 11) | (_s3 >>> 21);
        return Vector256.LessThan(random, threshold).AsSingle() & kept;
    }

    private static ulong SplitMix(ref ulong counter)
    {
        ulong z = counter += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
