namespace Microsoft.ML.DeLoRA.IO;

/// <summary>
/// Writes files so that a name never shows half of one: to a temporary name beside it, flushed to the disk, then renamed. A full disk
/// leaves what was there before.
/// </summary>
internal static class AtomicFile
{
    // Enough that a full disk shows.
    private const int Sample = 1 << 16;

    private static readonly string[] _systemRoots = ["/dev/", "/proc/", "/sys/"];

    /// <summary>
    /// Writes a file by <paramref name="write"/>; an earlier one stays whole until the new one is complete. A link stays one.
    /// </summary>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written; the message says why.</exception>
    public static void Write(string path, Action<Stream> write) => WriteAll((path, write));

    /// <summary>The same for files that belong together: none is renamed before all are written.</summary>
    public static void WriteAll(params IReadOnlyList<(string Path, Action<Stream> Write)> files)
    {
        (string Target, string Temporary)[] places =
            [.. files.Select(file => Target(file.Path)).Select(target => (target, Temporary(target)))];
        try
        {
            foreach (((_, string temporary), (_, Action<Stream> write)) in places.Zip(files))
                WriteWhole(temporary, write);
            foreach ((string target, string temporary) in places)
                File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            foreach ((_, string temporary) in places)
                File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Finds out whether <see cref="Write"/> could write a file, before the work that it will hold; writes nothing that stays.
    /// </summary>
    /// <param name="path">The file, which need not be there.</param>
    /// <param name="size">The bytes that it will have, as far as they are known.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">It could not; the message says why.</exception>
    public static void CheckWritable(string path, long size = 0) => Try(Target(path), size);

    /// <summary>The same for files in a directory that is made when they are written.</summary>
    public static void CheckWritableDirectory(string path, long size = 0)
    {
        CheckName(path);
        string directory = Path.GetFullPath(path);
        // The nearest one that is there has to take the others.
        while (!Directory.Exists(directory))
        {
            if (File.Exists(directory))
                throw new IOException($"'{directory}' is a file, and a directory is needed; give another path.");
            directory = Path.GetDirectoryName(directory) ?? throw new IOException($"There is no '{directory}'.");
        }
        Try(Path.Combine(directory, "file"), size);
    }

    private static void Try(string target, long size)
    {
        string temporary = Temporary(target);
        try
        {
            // Reserved, not written: it takes no time, and a file system that cannot do it passes it over.
            using var stream = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.DeleteOnClose,
                PreallocationSize = Math.Max(size, Sample),
            });
            stream.Write(new byte[Sample]);
            stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(target, e);
        }
    }

    private static void WriteWhole(string temporary, Action<Stream> write)
    {
        using FileStream file = Create(temporary);
        using var stream = new CheckedStream(file);
        write(stream);
        stream.ThrowIfFailed();
        file.Flush(flushToDisk: true);
    }

    private static FileStream Create(string temporary)
    {
        try
        {
            return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(temporary, e);
        }
    }

    private static IOException NotWritable(string path, Exception e)
        => new($"In the directory '{Path.GetDirectoryName(path)}' no file can be written: {e.Message}", e);

    private static string Temporary(string target) => Path.Combine(Path.GetDirectoryName(target)!, $".delora-{Guid.NewGuid():N}.tmp");

    private static void CheckName(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (string.IsNullOrWhiteSpace(path))
            throw new ArgumentException("The path is empty; give the path of the file or directory to write.", nameof(path));
    }

    // Where the file will be: what a link leads to, else the rename would replace the link.
    private static string Target(string path)
    {
        CheckName(path);
        string target = Path.GetFullPath(path);
        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(target))
            throw new IOException($"'{path}' is a directory; give the path of a file, such as '{Path.Combine(path, "model.zip")}'.");
        CheckDirectory(target);
        FileAttributes attributes;
        try
        {
            attributes = File.GetAttributes(target);
        }
        catch (FileNotFoundException)
        {
            return target;
        }
        if (attributes.HasFlag(FileAttributes.ReparsePoint) && File.ResolveLinkTarget(target, returnFinalTarget: true) is { } linked)
            return Target(linked.FullName);
        if (attributes.HasFlag(FileAttributes.ReadOnly))
            throw new IOException($"The file '{path}' is write-protected; take the protection off, or give another path.");
        if (IsDevice(target))
            throw new IOException($"'{path}' is a device or a pipe; give the path of a file.");
        return target;
    }

    // Renaming a file to /dev/null would do away with it.
    private static bool IsDevice(string target)
        => new FileInfo(target).Length == 0 && _systemRoots.Any(root => target.StartsWith(root, StringComparison.Ordinal));

    private static void CheckDirectory(string target)
    {
        string directory = Path.GetDirectoryName(target) ?? throw new IOException($"'{target}' is not the path of a file.");
        if (Directory.Exists(directory))
            return;
        for (string? above = directory; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
                throw new IOException($"'{target}' cannot be written: '{above}' is a file, not a directory.");
        }
        throw new DirectoryNotFoundException(
            $"The directory '{directory}' does not exist; create it before '{Path.GetFileName(target)}' is written to it.");
    }

    // Some writers swallow their last error (ML.NET does, on closing its archive); then the file would be renamed though it is not whole.
    private sealed class CheckedStream(Stream next) : Stream
    {
        private Exception? _failure;

        public override bool CanRead => false;

        public override bool CanSeek => next.CanSeek;

        public override bool CanWrite => true;

        public override long Length => next.Length;

        public override long Position { get => next.Position; set => next.Position = value; }

        public void ThrowIfFailed()
        {
            if (_failure is not null)
                throw new IOException($"The file was not written whole: {_failure.Message}", _failure);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                next.Write(buffer);
            }
            catch (Exception e)
            {
                _failure ??= e;
                throw;
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            try
            {
                next.Flush();
            }
            catch (Exception e)
            {
                _failure ??= e;
                throw;
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => next.Seek(offset, origin);

        public override void SetLength(long value) => next.SetLength(value);
    }
}
