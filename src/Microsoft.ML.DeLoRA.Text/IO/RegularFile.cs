namespace Microsoft.ML.DeLoRA.IO;

/// <summary>
/// Opens files from outside. A name may be a link to anything: a device never ends, and the mere opening of a pipe waits for
/// whoever writes to it, so that what is no regular file is refused before it is opened.
/// </summary>
internal static class RegularFile
{
    /// <summary>Opens a file for reading that has at least one byte.</summary>
    /// <param name="path">The file.</param>
    /// <param name="emptiness">Why an empty one is none, for the message.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or it is a link to one that does not exist.</exception>
    /// <exception cref="InvalidDataException">It is empty, a directory, a device, a pipe or a socket.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FileStream Open(string path, string emptiness = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            Check(path, emptiness);
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"The file '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The whole content of a small file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most bytes that are read.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or it is a link to one that does not exist.</exception>
    /// <exception cref="InvalidDataException">It is longer than the limit, empty, or no regular file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] ReadAll(string path, int limit)
    {
        using FileStream stream = Open(path);
        if (stream.Length > limit)
            throw new InvalidDataException($"{path} has {stream.Length:N0} bytes; more than {limit:N0} are not read.");
        // No more than it said: it may grow while it is read.
        var content = new byte[stream.Length];
        if (stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) < content.Length || stream.ReadByte() >= 0)
            throw new InvalidDataException($"{path} changes while it is read; wait until it is written.");
        return content;
    }

    private static void Check(string path, string emptiness)
    {
        FileSystemInfo target = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        if (Directory.Exists(target.FullName))
            throw new InvalidDataException($"{path} is a directory; a file is expected.");
        if (!target.Exists)
            throw new FileNotFoundException($"{path} is a link to '{target.FullName}', which does not exist.", path);
        // Nothing else has a length.
        if (((FileInfo)target).Length == 0)
            throw new InvalidDataException($"{path} is empty{emptiness}, or no regular file (a device, a pipe or a socket).");
    }
}
