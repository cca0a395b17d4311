using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Native;

/// <summary>The one gate to libtorch: whatever may be the first to compute passes here.</summary>
/// <remarks>
/// Without it the first use of TorchSharp ends as TypeInitializationException about a missing package, whatever the cause, after it has
/// copied half a gigabyte from the package cache into the program's folder. Thread-safe; once loaded it costs a read of a field.
/// </remarks>
internal static class NativeLibraries
{
    private static volatile bool _loaded;

    /// <exception cref="NativeLibraryException">libtorch cannot be loaded; the message says why.</exception>
    public static void Require()
    {
        if (!_loaded)
            Load();
    }

    /// <summary>The same before something that is computed, such as the value of a field.</summary>
    /// <inheritdoc cref="Require()"/>
    public static T Require<T>(Func<T> first)
    {
        Require();
        return first();
    }

    private static void Load()
    {
        ComputeThreads.Apply();
        IReadOnlyList<string> folders = NativeFolder.Searched();
        if (NativeDiagnosis.OfContents(folders) is { } damage)
            throw new NativeLibraryException(damage, null);
        if (!CanLoad(folders, out string said))
            throw new NativeLibraryException(NativeDiagnosis.Of(folders, said), null);
        try
        {
            Touch();
            _loaded = true;
        }
        catch (Exception e) when (e is TypeInitializationException or NotSupportedException or DllNotFoundException
            or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new NativeLibraryException(NativeDiagnosis.Of(folders, e.GetBaseException().Message), e);
        }
    }

    // libtorch may come from elsewhere (LD_LIBRARY_PATH, a library that the program has loaded itself), so it is tried and not only looked
    // for.
    private static bool CanLoad(IReadOnlyList<string> folders, out string said)
    {
        said = "";
        try
        {
            if (NativeFolder.Find(folders, NativeFolder.TorchSharpFile) is { } path)
                NativeLibrary.Load(path);
            else if (!NativeLibrary.TryLoad(NativeFolder.TorchSharpFile, out _))
                return !IsInProgram();
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            said = e.Message;
            return false;
        }
    }

    // In a notebook TorchSharp.dll lies in the package cache, and TorchSharp finds its native files there; beside a program they must be,
    // too.
    private static bool IsInProgram()
    {
        string? folder = Path.GetDirectoryName(typeof(torch).Assembly.Location);
        return string.IsNullOrEmpty(folder)
            || Path.GetFullPath(folder) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(AppContext.BaseDirectory));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch()
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        torch.get_num_threads();
    }
}
