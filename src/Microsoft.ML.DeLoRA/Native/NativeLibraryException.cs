namespace Microsoft.ML.DeLoRA;

/// <summary>
/// libtorch, which computes everything, could not be loaded. The message says why (a missing package, an older libstdc++, another C
/// library or processor, a damaged file) and what to do; <see cref="Exception.InnerException"/> is what TorchSharp said.
/// </summary>
/// <remarks>
/// Nothing that computes works in this process any more: mend the cause and start it again. <c>delora doctor</c> tells more.
/// </remarks>
public sealed class NativeLibraryException : Exception
{
    internal NativeLibraryException(NativeFault fault, Exception? innerException)
        : base($"{fault.Cause} {fault.Remedy}", innerException) => Fault = fault;

    internal NativeFault Fault { get; }
}

/// <summary>Something that keeps libtorch from being loaded.</summary>
/// <param name="Cause">What is wrong and what was found: whole sentences.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record NativeFault(string Cause, string Remedy);
