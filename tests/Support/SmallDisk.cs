using System.Diagnostics;

namespace DeLoRA.TestSupport;

/// <summary>
/// A file system of a few hundred kilobytes, to be filled. Needs Linux and the right to mount; the test is skipped, with the reason,
/// without.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public SmallDisk(int kilobytes)
    {
        string fault = OperatingSystem.IsLinux()
            ? Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "none", _directory.Path)
            : "only Linux has tmpfs";
        if (fault.Length == 0)
            return;
        _directory.Dispose();
        Assert.Skip($"needs a small file system to fill, which cannot be mounted here: {fault}");
    }

    public string this[string name] => _directory[name];

    public string Path => _directory.Path;

    /// <summary>Fills it but for so many bytes.</summary>
    public void Fill(int left = 0)
    {
        long free = new DriveInfo(Path).AvailableFreeSpace;
        using FileStream filler = File.Create(this["filler"]);
        filler.Write(new byte[Math.Max(0, free - left)]);
        filler.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        string fault = Run("umount", "-l", _directory.Path);
        if (fault.Length > 0)
            throw new IOException($"'{_directory.Path}' cannot be unmounted: {fault}");
        _directory.Dispose();
    }

    private static string Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
