using System.Runtime.InteropServices;

namespace Microsoft.ML.DeLoRA.Native;

/// <summary>The native files of TorchSharp and libtorch: their names on this system, and where they lie.</summary>
internal static class NativeFolder
{
    /// <summary>TorchSharp's own library.</summary>
    public static string TorchSharpFile { get; } = Name("LibTorchSharp");

    /// <summary>The part of libtorch that every build of it has.</summary>
    public static string LibtorchFile { get; } = Name("torch_cpu");

    /// <summary>The part that only builds for NVIDIA's GPUs have.</summary>
    public static string LibtorchCudaFile { get; } = Name("torch_cuda");

    /// <summary>The files that are loaded whatever is computed.</summary>
    public static IReadOnlyList<string> Loaded { get; } = [TorchSharpFile, LibtorchFile, Name("c10"), Name("torch")];

    /// <summary>The folders that this process loads native libraries from.</summary>
    public static IReadOnlyList<string> Searched()
    {
        string known = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return [.. known.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append(AppContext.BaseDirectory)
            .SelectMany(folder => new[] { folder, Path.Combine(folder, "runtimes", Platform, "native") })
            .Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).Distinct().Where(Directory.Exists)];
    }

    /// <summary>The first file of a name in some folders; null: there is none.</summary>
    public static string? Find(IReadOnlyList<string> folders, string file)
        => folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    /// <summary>The system's name as packages have it, such as linux-x64.</summary>
    public static string Platform { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : SystemLibraries.HasGlibc ? "linux" : "linux-musl")
        + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    private static string Name(string library)
        => OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";
}
