namespace Microsoft.ML.DeLoRA.IO;

/// <summary>
/// Opens files from outside. A name may be a link to anything: a device never ends, and the mere opening of a pipe waits for
/// whoever writes to it, so that what is no regular file is refused before it is opened.
/// </summary>
internal static class RegularFile
{
    /// <summary>
    /// No configuration, vocabulary or result has so many bytes, a hundred times RoBERTa's: a longer file is another, and is not read.
    /// </summary>
    public const int LargestText = 100_000_000;

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
    /// <param name="limit">The most bytes that are read; default <see cref="LargestText"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or it is a link to one that does not exist.</exception>
    /// <exception cref="InvalidDataException">It is longer than the limit, empty, or no regular file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[] ReadAll(string path, int limit = LargestText)
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

    /// <summary>Whether a file has some bytes at its beginning; what is no regular file, or is not there, has not.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool StartsWith(string path, ReadOnlySpan<byte> start)
    {
        if (!File.Exists(path) || Target(path) is not { Exists: true, Length: > 0 })
            return false;
        using FileStream file = File.OpenRead(path);
        var found = new byte[start.Length];
        return file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length && start.SequenceEqual(found);
    }

    private static void Check(string path, string emptiness)
    {
        FileInfo target = Target(path);
        if (Directory.Exists(target.FullName))
            throw new InvalidDataException($"{path} is a directory; a file is expected.");
        if (!target.Exists)
            throw new FileNotFoundException($"{path} is a link to '{target.FullName}', which does not exist.", path);
        // Nothing else has a length.
        if (target.Length == 0)
            throw new InvalidDataException($"{path} is empty{emptiness}, or no regular file (a device, a pipe or a socket).");
    }

    private static FileInfo Target(string path) => new(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
}

/// <summary>Reads streams whose length is not known, or not to be believed.</summary>
internal static class BoundedRead
{
    /// <summary>Copies a stream, block by block, to another; both stay open.</summary>
    /// <param name="from">The bytes.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="limit">The most bytes that the other stream may have in the end.</param>
    /// <param name="tooLong">What is thrown when there are more.</param>
    /// <param name="isEnough">Given each block when it is copied: true stops there. Null: all is copied.</param>
    /// <returns>True when the stream has ended.</returns>
    public static bool Copy(
        Stream from, Stream to, long limit, Func<Exception> tooLong, Func<ReadOnlySpan<byte>, bool>? isEnough = null)
    {
        var block = new byte[81_920];
        for (int read; (read = from.Read(block)) > 0;)
        {
            if (to.Position + read > limit)
                throw tooLong();
            to.Write(block, 0, read);
            if (isEnough?.Invoke(block.AsSpan(0, read)) ?? false)
                return false;
        }
        return true;
    }
}
