using System.Globalization;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>The files of one run: <c>checkpoint-STEP.safetensors</c>, <c>best.safetensors</c>, and a lock that one process holds.</summary>
internal sealed class CheckpointDirectory : IDisposable
{
    private const string Prefix = "checkpoint-";
    private const string Suffix = ".safetensors";

    /// <summary>The name of the lock's file.</summary>
    public const string LockFile = ".lock";

    private readonly string _directory;
    private readonly FileStream _lock;

    /// <summary>Makes the directory if need be, takes its lock, and removes what a killed process left half written.</summary>
    /// <exception cref="IOException">Another run is using it, or no file can be written to it.</exception>
    public CheckpointDirectory(string directory)
    {
        _directory = Path.GetFullPath(directory);
        AtomicFile.CheckWritableDirectory(_directory);
        Directory.CreateDirectory(_directory);
        _lock = Lock();
        foreach (string left in Directory.EnumerateFiles(_directory, ".*.tmp"))
            File.Delete(left);
    }

    /// <summary>The checkpoint of the best evaluation.</summary>
    public string Best => Path.Combine(_directory, "best" + Suffix);

    /// <summary>All checkpoints: the newest first, the best one's last.</summary>
    public IReadOnlyList<string> Files => [.. Steps().Select(PathOf), .. File.Exists(Best) ? [Best] : Array.Empty<string>()];

    /// <summary>True when a directory has files that look like checkpoints; it need not exist.</summary>
    public static bool HasCheckpoints(string directory)
        => Directory.Exists(directory) && Directory.EnumerateFiles(directory, "*" + Suffix).Any();

    /// <summary>The checkpoint of a step.</summary>
    public string PathOf(int step)
        => Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D8}{Suffix}"));

    /// <summary>Deletes all but the newest checkpoints; the best one's stays.</summary>
    public void Prune(int keep)
    {
        foreach (int step in Steps().Skip(keep))
            File.Delete(PathOf(step));
    }

    /// <summary>Deletes the checkpoint of a step.</summary>
    /// <returns>The newest one before; null when there is none.</returns>
    public string? Discard(int step)
    {
        File.Delete(PathOf(step));
        return Steps().Where(other => other < step).Select(PathOf).FirstOrDefault();
    }

    /// <summary>Deletes all checkpoints; what else lies there stays.</summary>
    public void Clear()
    {
        foreach (string file in Files)
            File.Delete(file);
    }

    public void Dispose() => _lock.Dispose();

    private int[] Steps()
        => [.. Directory.EnumerateFiles(_directory, Prefix + "*" + Suffix)
            .Select(file => Path.GetFileName(file)[Prefix.Length..^Suffix.Length])
            .Select(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : -1)
            .Where(step => step >= 0)
            .OrderDescending()];

    // The operating system frees the lock with the process, however that ends.
    private FileStream Lock()
    {
        try
        {
            return new FileStream(Path.Combine(_directory, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"The checkpoint directory '{_directory}' is in use by another run; give each run its own.", e);
        }
    }
}
