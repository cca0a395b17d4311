using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.DeLoRA.Native;

/// <summary>What the system's own C and C++ libraries are (Linux; elsewhere there is nothing to tell).</summary>
internal static class SystemLibraries
{
    private static readonly SearchValues<byte> _digits = SearchValues.Create("0123456789."u8);

    private const string Libstdcxx = "libstdc++.so.6";

    /// <summary>Whether the C library is glibc; Alpine has musl. True on other systems than Linux.</summary>
    public static bool HasGlibc { get; } = !OperatingSystem.IsLinux() || GlibcVersion is not null;

    /// <summary>glibc's version; null where there is none.</summary>
    public static unsafe Version? GlibcVersion
    {
        get
        {
            if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out nint library)
                || !NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out nint function))
                return null;
            return Version.TryParse(Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)function)()), out Version? version)
                ? version
                : null;
        }
    }

    /// <summary>The file of the libstdc++ that this process loads; null: there is none.</summary>
    public static string? LibstdcxxFile()
        => OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Libstdcxx, out _) ? MappedFile(Libstdcxx) : null;

    /// <summary>The highest version of a name (<c>GLIBCXX_</c>) that a library has; null: it has none.</summary>
    public static Version? Newest(string file, string prefix)
    {
        byte[] content = File.ReadAllBytes(file);
        byte[] name = Encoding.ASCII.GetBytes(prefix);
        Version? newest = null;
        for (int at = 0; content.AsSpan(at).IndexOf(name) is var found and >= 0;)
        {
            at += found + name.Length;
            int length = content.AsSpan(at).IndexOfAnyExcept(_digits);
            if (Version.TryParse(Encoding.ASCII.GetString(content, at, Math.Max(length, 0)), out Version? version)
                && (newest is null || version > newest))
                newest = version;
        }
        return newest;
    }

    private static string? MappedFile(string name)
        => File.ReadLines("/proc/self/maps").Select(line => line[(line.IndexOf('/') is var path and >= 0 ? path : line.Length)..])
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal));
}
