using System.Reflection;
using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Finds the shim in the program's folder, or where COMPAT_TORCH_LIBRARY says; an error tells what to do.</summary>
internal static class NativeLibraryLoader
{
    public const string Name = "compat_torch";
    private const string Override = "COMPAT_TORCH_LIBRARY";

    public static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Name)
            return 0;
        string path = Environment.GetEnvironmentVariable(Override) is { Length: > 0 } other
            ? other
            : Path.Combine(AppContext.BaseDirectory, $"lib{Name}.so");
        if (!File.Exists(path))
            throw new DllNotFoundException(
                $"The libtorch shim is not at '{path}'. Build compat/TorchSharp (./build.sh), or set {Override} to the library's path.");
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException error)
        {
            throw new DllNotFoundException(
                $"The libtorch shim '{path}' does not load: install libtorch (Debian: libtorch-dev libopenblas0-openmp) and build again " +
                $"with ./build.sh. {error.Message}", error);
        }
    }
}
