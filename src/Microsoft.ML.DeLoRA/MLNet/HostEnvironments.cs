using System.Runtime.CompilerServices;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Persistence;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// The environment behind a catalog, which ML.NET shows to its own assemblies only, and what it says about where to compute.
/// </summary>
internal static class HostEnvironments
{
    private const string Getter = "Microsoft.ML.Data.IInternalCatalog.get_Environment";

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    public static extern IHostEnvironment Environment(this TransformsCatalog catalog);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    public static extern IHostEnvironment Environment(this ModelOperationsCatalog catalog);

    // The trainers' catalogs inherit it, and an accessor looks at the declaring class only.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = Getter)]
    public static extern IHostEnvironment Environment(this TrainCatalogBase.CatalogInstantiatorBase catalog);

    /// <summary>Where to compute, as <c>MLContext.GpuDeviceId</c> and <c>MLContext.FallbackToCpu</c> say.</summary>
    /// <exception cref="InvalidOperationException">
    /// A GPU is asked for, there is none of that number, and the CPU may not take its place.
    /// </exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static Device Device(this IHostEnvironment environment, IChannel channel)
    {
        NativeLibraries.Require();
        if (HostSettings.GpuDeviceId(environment) is not { } id)
            return CPU;
        if (Devices.Missing(id) is not { } found)
            return new Device(DeviceType.CUDA, id);
        if (!HostSettings.FallbackToCpu(environment))
            throw new InvalidOperationException($"GPU {id} was asked for (MLContext.GpuDeviceId), but {found}. "
                + "Set GpuDeviceId to null, or FallbackToCpu to true to go on without it.");
        channel.Warning(MessageSensitivity.None, $"GPU {id} was asked for, but {found}; the CPU is used.");
        return CPU;
    }
}
