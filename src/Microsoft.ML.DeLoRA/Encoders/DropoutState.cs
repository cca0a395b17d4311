namespace Microsoft.ML.DeLoRA.Encoders;

/// <summary>The state of a <see cref="SeededDropout"/>'s random source.</summary>
/// <param name="Masks">The generator of masks on the CPU, 32 numbers.</param>
/// <param name="Device">The device's generator; empty on the CPU.</param>
internal sealed record DropoutState(uint[] Masks, byte[] Device);
