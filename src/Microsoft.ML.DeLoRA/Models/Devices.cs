using System.Globalization;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>The names of the devices that models compute on: <c>cpu</c>, <c>cuda</c> (the first GPU), <c>cuda:N</c>.</summary>
/// <remarks>Thread-safe.</remarks>
public static class Devices
{
    private const string Cpu = "cpu";
    private const string Cuda = "cuda";

    /// <summary>The device of a name.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>, N from 0; in any case.</param>
    /// <exception cref="ArgumentException">It is no such name.</exception>
    /// <exception cref="InvalidOperationException">There is no such GPU, or libtorch cannot use it.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static Device Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] parts = name.ToLowerInvariant().Split(':', 2);
        if (parts is [Cpu])
            return NativeLibraries.Require(() => CPU);
        string number = parts.Length == 2 ? parts[1] : "0";
        if (parts[0] != Cuda || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            throw new ArgumentException($"'{name}' is no device; write {Cpu}, {Cuda} or {Cuda}:N, N being a GPU's number from 0.");
        NativeLibraries.Require();
        return Missing(index) is { } found
            ? throw new InvalidOperationException($"'{name}' was asked for, but {found}.")
            : new Device(DeviceType.CUDA, index);
    }

    /// <summary>The name of a device, as <see cref="Parse"/> takes it.</summary>
    internal static string Name(Device device)
        => device.type == DeviceType.CPU ? Cpu : $"{device.type.ToString().ToLowerInvariant()}:{Math.Max(device.index, 0)}";

    /// <summary>Moves encoder and head; do it before adapters are put on.</summary>
    internal static void MoveTo(this SequenceClassifier classifier, Device device)
    {
        if (device.type == DeviceType.CPU)
            return;
        using IDisposable noGrad = no_grad();
        using var scope = NewDisposeScope();
        classifier.Encoder.MoveTo(device);
        foreach (ModelParameter parameter in classifier.Head.Parameters)
            parameter.Replace(parameter.Value.to(device));
    }

    /// <summary>What there is instead of a GPU of this number; null when it is there.</summary>
    internal static string? Missing(int index)
    {
        int count = cuda.is_available() ? cuda.device_count() : 0;
        if (index >= 0 && index < count)
            return null;
        return count == 0 ? $"no CUDA device was found: {NoGpu()}" : $"there are only the devices 0 to {count - 1}";
    }

    // Why libtorch sees no GPU at all.
    private static string NoGpu()
    {
        string package = OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";
        if (NativeFolder.Find(NativeFolder.Searched(), NativeFolder.LibtorchCudaFile) is null)
            return "the program has libtorch for the CPU only "
                + $"(for an NVIDIA GPU, it needs the package {package} in place of TorchSharp-cpu)";
        return NvidiaDriver.Find() switch
        {
            null => "NVIDIA's driver is not on this machine (or, in a container, was not passed into it)",
            { Error: { } error } => error,
            { Gpus.Count: 0 } => "NVIDIA's driver is there, and says that there is no GPU (is CUDA_VISIBLE_DEVICES empty?)",
            { Gpus: var gpus } => $"NVIDIA's driver has {string.Join(", ", gpus)}, but libtorch cannot use it: "
                + $"the driver may be older than {package} needs",
        };
    }
}
