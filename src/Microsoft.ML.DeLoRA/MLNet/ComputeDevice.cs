using Microsoft.ML.DeLoRA.Persistence;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>Where to compute, as <c>MLContext.GpuDeviceId</c> and <c>MLContext.FallbackToCpu</c> say.</summary>
internal static class ComputeDevice
{
    /// <exception cref="InvalidOperationException">A GPU is asked for, there is none of that number, and the CPU may not take its place.</exception>
    public static Device Choose(IHostEnvironment environment, IChannel channel)
    {
        if (HostSettings.GpuDeviceId(environment) is not { } id)
            return CPU;
        int count = cuda.is_available() ? cuda.device_count() : 0;
        if (id >= 0 && id < count)
            return new Device(DeviceType.CUDA, id);
        string found = count == 0
            ? "no CUDA device was found (is there an NVIDIA GPU with its driver, "
                + "and a CUDA build of libtorch such as TorchSharp-cuda-linux?)"
            : $"there are only the devices 0 to {count - 1}";
        if (!HostSettings.FallbackToCpu(environment))
            throw new InvalidOperationException($"GPU {id} was asked for (MLContext.GpuDeviceId), but {found}. "
                + "Set GpuDeviceId to null, or FallbackToCpu to true to go on without it.");
        channel.Warning(MessageSensitivity.None, $"GPU {id} was asked for, but {found}; the CPU is used.");
        return CPU;
    }
}
