using System.IO;
using System.Linq;

namespace Microsoft.ML.DeLoRA.Build;

/// <summary>What a repair did with a file.</summary>
internal enum RepairResult
{
    /// <summary>The file asks for nothing that an older libstdc++ lacks, or asks weakly already.</summary>
    NotNeeded,

    /// <summary>The need is weak now.</summary>
    Repaired,

    /// <summary>The file really uses symbols of that version: it was left alone.</summary>
    Impossible,
}

/// <summary>Makes TorchSharp's native library load where libstdc++ is older than GCC 13's.</summary>
internal static class NativeRepair
{
    /// <summary>The file of TorchSharp's that is concerned.</summary>
    public const string FileName = "libLibTorchSharp.so";

    /// <summary>The version that it asks for.</summary>
    public const string Version = "GLIBCXX_3.4.32";

    // Tells libstdc++ to initialise its streams; older ones do so by themselves. Nothing ever calls it.
    private const string UncalledSymbol = "_ZSt21ios_base_library_initv";

    private const long LargestFile = 256 << 20;

    /// <summary>
    /// Repairs a file in place: a new one is written beside it and renamed, so that a link to it (the package cache) keeps its content.
    /// </summary>
    /// <inheritdoc cref="Repair(string, string)"/>
    public static RepairResult Repair(string path) => Repair(path, path);

    /// <summary>
    /// Writes a repaired copy of a file, with its mode and time; nothing is written unless the result is
    /// <see cref="RepairResult.Repaired"/>.
    /// </summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">It is no ELF file, or a damaged one.</exception>
    public static RepairResult Repair(string source, string destination)
    {
        byte[] file = Read(source);
        ElfVersionNeed? need = ElfVersionNeed.Read(file).FirstOrDefault(n => n.Version == Version && !n.IsWeak);
        if (need is null)
            return RepairResult.NotNeeded;
        if (need.Symbols().Any(s => s != UncalledSymbol))
            return RepairResult.Impossible;
        string beside = destination + ".repaired";
        try
        {
            // The copy keeps the mode; the time is kept so that an incremental build sees that nothing changed.
            File.Copy(source, beside, overwrite: true);
            File.WriteAllBytes(beside, need.Weakened(file));
            File.SetLastWriteTimeUtc(beside, File.GetLastWriteTimeUtc(source));
#if NET
            File.Move(beside, destination, overwrite: true);
#else
            File.Delete(destination);
            File.Move(beside, destination);
#endif
        }
        finally
        {
            File.Delete(beside);
        }
        return RepairResult.Repaired;
    }

    /// <summary>The bytes of a shared object.</summary>
    /// <exception cref="InvalidDataException">It is empty, no regular file or too large to be one.</exception>
    public static byte[] Read(string path)
    {
        // Devices and pipes have the length 0.
        long length = new FileInfo(path).Length;
        return length is > 0 and <= LargestFile
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"It has {length} bytes, which is no shared library of TorchSharp's.");
    }
}
