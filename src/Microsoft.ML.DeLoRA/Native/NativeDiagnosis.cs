using System.Runtime.InteropServices;
using Microsoft.ML.DeLoRA.Build;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Native;

/// <summary>Finds out why libtorch does not load: from the system and the files, and only then from what the loader says.</summary>
internal static class NativeDiagnosis
{
    private const string Glibcxx = "GLIBCXX_";
    private const ushort ElfX64 = 62, ElfArm64 = 183;

    private static readonly string[] _systems = ["linux-x64", "win-x64", "osx-arm64"];

    /// <summary>The cause.</summary>
    /// <param name="folders">Where the native files should be, see <see cref="NativeFolder.Searched"/>.</param>
    /// <param name="said">What the loader said.</param>
    public static NativeFault Of(IReadOnlyList<string> folders, string said)
        => OfSystem(NativeFolder.Platform) ?? OfFiles(folders) ?? OfLoader(said);

    /// <summary>What is wrong with a system, such as <c>linux-musl-x64</c>; null: nothing.</summary>
    public static NativeFault? OfSystem(string system)
    {
        if (_systems.Contains(system))
            return null;
        string supported = string.Join(", ", _systems);
        return system.Contains("musl", StringComparison.Ordinal)
            ? new($"libtorch is built for glibc; this system has musl ({system}, such as Alpine Linux).",
                "Use a system with glibc, such as Debian, Ubuntu or RHEL: in a container, an image without 'alpine' in its name.")
            : new($"There is no libtorch for this processor and system: the process runs as {system}, and the packages have {supported}.",
                system is "osx-x64" or "win-x86"
                    ? "Use a 64-bit .NET for this machine's own processor if it has one."
                    : "Use a machine with one of those.");
    }

    /// <summary>What is wrong with the native files of a program; null: nothing that can be seen in them.</summary>
    public static NativeFault? OfFiles(IReadOnlyList<string> folders)
    {
        string looked = string.Join(", ", folders);
        if (NativeFolder.Find(folders, NativeFolder.TorchSharpFile) is not { } torchSharp)
            return new($"TorchSharp's native library {NativeFolder.TorchSharpFile} is not there; looked for it in {looked}.",
                $"Build or publish the program with TorchSharp's native files for {NativeFolder.Platform}: set RuntimeIdentifier to "
                + $"{NativeFolder.Platform} or to nothing in the project, and copy its whole output folder.");
        if (NativeFolder.Find(folders, NativeFolder.LibtorchFile) is null)
            return new($"libtorch ({NativeFolder.LibtorchFile}) is not there; looked for it in {looked}.",
                $"Add the package TorchSharp-cpu to the program, or for an NVIDIA GPU "
                + $"TorchSharp-cuda-{(OperatingSystem.IsWindows() ? "windows" : "linux")}, in version "
                    + $"{TorchSharpVersion}, TorchSharp's own; "
                + "after that the program's whole output folder must be copied.");
        return OperatingSystem.IsLinux() ? OfContents(folders) ?? OfLibstdcxx(torchSharp) : null;
    }

    /// <summary>
    /// What is wrong with the contents of the files that are there: to be asked before they are loaded, as a cut one ends the process.
    /// </summary>
    public static NativeFault? OfContents(IReadOnlyList<string> folders) => OperatingSystem.IsLinux()
        ? NativeFolder.Loaded.Select(file => NativeFolder.Find(folders, file)).OfType<string>().Select(OfFile)
            .FirstOrDefault(fault => fault is not null)
        : null;

    /// <summary>TorchSharp's version, which that of libtorch's package must be, too.</summary>
    public static string TorchSharpVersion { get; } = typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "";

    private static NativeFault? OfFile(string path)
    {
        const string again = "Restore it: delete the program's output folder and build again; if that does not help, delete the package's "
            + "folder in NuGet's cache (dotnet nuget locals global-packages --list) and restore.";
        var start = new byte[64];
        using FileStream file = File.OpenRead(path);
        if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || !start.AsSpan().StartsWith("\x7F"u8) || !start.AsSpan(1).StartsWith("ELF"u8))
            return new($"{path} is damaged: it is no shared library.", again);
        // The table of sections is a file's end.
        long end = BitConverter.ToInt64(start, 0x28) + (long)BitConverter.ToUInt16(start, 0x3a) * BitConverter.ToUInt16(start, 0x3c);
        if (end > file.Length)
            return new($"{path} is damaged: it has {file.Length:N0} of {end:N0} bytes.", again);
        ushort machine = BitConverter.ToUInt16(start, 18);
        ushort own = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? ElfArm64 : ElfX64;
        return machine == own ? null : new(
            $"{path} is for another processor ({Machine(machine)}) than this process runs on ({Machine(own)}).",
            $"Build or publish the program with RuntimeIdentifier {NativeFolder.Platform}.");
    }

    private static string Machine(ushort elf) => elf switch { ElfX64 => "x64", ElfArm64 => "arm64", _ => $"ELF machine {elf}" };

    /// <summary>Whether a version of libstdc++ that a library needs is newer than the system's; null: no.</summary>
    private static NativeFault? OfLibstdcxx(string path)
    {
        if (SystemLibraries.LibstdcxxFile() is not { } system)
            return new("The C++ library libstdc++.so.6 is not on this system.",
                "Install it: package libstdc++6 (Debian, Ubuntu) or libstdc++ (RHEL).");
        Version? newest = SystemLibraries.Newest(system, Glibcxx);
        string? needed;
        try
        {
            needed = ElfVersionNeed.Read(NativeRepair.Read(path))
                .Where(n => !n.IsWeak && n.Version.StartsWith(Glibcxx, StringComparison.Ordinal))
                .FirstOrDefault(n => Version.TryParse(n.Version[Glibcxx.Length..], out Version? version) && version > newest)?.Version;
        }
        catch (InvalidDataException e)
        {
            return new($"{path} is damaged: {e.Message}", "Restore it: delete the program's output folder and build again.");
        }
        return needed is null ? null : new(
            $"{path} needs {needed} of libstdc++, and this system's {system} goes up to {Glibcxx}{newest}.",
            needed == NativeRepair.Version
                ? "Nothing in it uses that version, so the request can be taken back: build the program with the build step of the package "
                    + "Microsoft.ML.DeLoRA (it is on unless DeLoRARepairTorchSharp is false), "
                    + $"or run: delora doctor --repair {Path.GetDirectoryName(path)}"
                : "Use a newer system (Debian 13, Ubuntu 24.04, RHEL 10).");
    }

    /// <summary>What the loader's own words mean.</summary>
    public static NativeFault OfLoader(string said)
    {
        string cause = $"libtorch could not be loaded: {said.Trim().TrimEnd('.')}.";
        if (said.Contains("libcuda.so", StringComparison.Ordinal) || said.Contains("nvcuda.dll", StringComparison.OrdinalIgnoreCase))
            return new(cause,
                "That is NVIDIA's driver, which the CUDA build of libtorch needs: install it, or use the package TorchSharp-cpu.");
        if (said.Contains("GLIBC_", StringComparison.Ordinal))
            return new(cause,
                $"This system's C library is older (glibc {SystemLibraries.GlibcVersion}): use a newer system (glibc 2.28 or newer).");
        if (said.Contains("undefined symbol", StringComparison.Ordinal))
            return new(cause,
                $"TorchSharp and libtorch do not belong together: all TorchSharp packages must have version {TorchSharpVersion}.");
        return new(cause, OperatingSystem.IsWindows()
            ? "Install the Microsoft Visual C++ Redistributable (x64), and check that the program's whole output folder was copied."
            : "Check that the program's whole output folder was copied, and that all TorchSharp packages have the same version.");
    }
}
