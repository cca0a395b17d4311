using System.Runtime.InteropServices;

namespace Microsoft.ML.DeLoRA.Native;

/// <summary>NVIDIA's driver, asked without libtorch: whether there is one, and which GPUs it has.</summary>
/// <param name="Gpus">Their names, by number.</param>
/// <param name="Error">What the driver answered instead of its GPUs; null: nothing went wrong.</param>
internal sealed unsafe record NvidiaDriver(IReadOnlyList<string> Gpus, string? Error)
{
    private const int LongestName = 256;

    /// <summary>The driver; null: there is none.</summary>
    public static NvidiaDriver? Find()
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out nint library)
            || !NativeLibrary.TryGetExport(library, "cuInit", out nint initialize)
            || !NativeLibrary.TryGetExport(library, "cuDeviceGetCount", out nint count)
            || !NativeLibrary.TryGetExport(library, "cuDeviceGetName", out nint name))
            return null;
        int gpus = 0;
        int error = ((delegate* unmanaged<uint, int>)initialize)(0);
        if (error == 0)
            error = ((delegate* unmanaged<int*, int>)count)(&gpus);
        if (error != 0)
            return new([], $"NVIDIA's driver answers with error {error}" + (error == 100 ? " (no GPU)" : ""));
        return new([.. Enumerable.Range(0, gpus).Select(gpu => Name(name, gpu))], null);
    }

    private static string Name(nint function, int gpu)
    {
        byte* text = stackalloc byte[LongestName];
        return ((delegate* unmanaged<byte*, int, int, int>)function)(text, LongestName, gpu) == 0
            ? Marshal.PtrToStringUTF8((nint)text) ?? "" : "GPU of unknown name";
    }
}
