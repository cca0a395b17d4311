namespace Microsoft.ML.DeLoRA.Cli.Shell;

/// <summary>Whether the tool was started with a standard input.</summary>
internal static class StandardInputState
{
    /// <summary>
    /// True when standard input was closed at the start (<c>&lt;&amp;-</c>). Its descriptor is the next one that is opened then: one end of
    /// a pipe within this process, from which nothing ever comes. Known on Linux; false elsewhere.
    /// </summary>
    public static bool IsClosed
    {
        get
        {
            const string descriptors = "/proc/self/fd";
            if (!Directory.Exists(descriptors))
                return false;
            if (Target(descriptors + "/0") is not { } input)
                return true;
            // Whoever gives this process a pipe to read keeps the other end.
            return input.StartsWith("anon_inode:", StringComparison.Ordinal)
                || (input.StartsWith("pipe:", StringComparison.Ordinal)
                    && Directory.EnumerateFileSystemEntries(descriptors).Any(d => Target(d) == input && IsToWrite(Path.GetFileName(d))));
        }
    }

    private static bool IsToWrite(string descriptor)
    {
        const string name = "flags:";
        try
        {
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").First(l => l.StartsWith(name, StringComparison.Ordinal));
            // Octal; the last two bits are 0 to read, 1 to write.
            return (Convert.ToInt32(flags[name.Length..].Trim(), 8) & 3) == 1;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string? Target(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
