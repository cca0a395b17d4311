using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Persistence;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Where to compute, as <c>MLContext.GpuDeviceId</c> and <c>MLContext.FallbackToCpu</c> say.</summary>
internal static class ComputeDevice
{
    /// <exception cref="InvalidOperationException">A GPU is asked for, there is none of that number, and the CPU may not take its place.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static Device Choose(IHostEnvironment environment, IChannel channel)
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
