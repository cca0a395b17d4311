using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Tests;

/// <summary>Where the tests' models compute: the CPU, or what the environment variable DELORA_TEST_DEVICE names (cuda, cuda:N).</summary>
internal static class TestDevice
{
    public static Device Current { get; } =
        Environment.GetEnvironmentVariable("DELORA_TEST_DEVICE") is { Length: > 0 } name ? Devices.Parse(name) : CPU;

    public static bool IsCpu => Current.type == DeviceType.CPU;

    /// <summary>A context whose models train and predict there.</summary>
    public static MLContext Context(int? seed = null) => new(seed) { GpuDeviceId = IsCpu ? null : Current.index };
}

/// <summary>A test that holds on the CPU only, with the reason; it is skipped when the tests compute elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CpuFactAttribute : FactAttribute
{
    public CpuFactAttribute(string reason, [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!TestDevice.IsCpu)
            Skip = reason;
    }
}

/// <summary>The same for a table of cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CpuTheoryAttribute : TheoryAttribute
{
    public CpuTheoryAttribute(string reason, [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (!TestDevice.IsCpu)
            Skip = reason;
    }
}
