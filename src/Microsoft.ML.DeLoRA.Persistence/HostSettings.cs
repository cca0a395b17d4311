using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.Persistence;

/// <summary>Reads what an MLContext was told about GPUs from the environment that its catalogs hand out.</summary>
internal static class HostSettings
{
    /// <summary><c>MLContext.GpuDeviceId</c>; null: none was asked for.</summary>
    public static int? GpuDeviceId(IHostEnvironment environment) => (environment as IHostEnvironmentInternal)?.GpuDeviceId;

    /// <summary><c>MLContext.FallbackToCpu</c>: whether the CPU may take the place of a GPU that was asked for.</summary>
    public static bool FallbackToCpu(IHostEnvironment environment) => environment is IHostEnvironmentInternal { FallbackToCpu: true };
}
