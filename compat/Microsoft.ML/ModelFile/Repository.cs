namespace Microsoft.ML;

/// <summary>A tree of named streams in one zip.</summary>
internal abstract class Repository : IDisposable
{
    private protected Repository(IExceptionContext context) => ExceptionContext = context;

    public IExceptionContext ExceptionContext { get; }

    public abstract void Dispose();

    /// <summary>The name of an entry: parts joined by '/', whatever slashes they hold.</summary>
    private protected static string NormalizeForArchiveEntry(string directory, string name)
    {
        string path = string.IsNullOrEmpty(directory) ? name : $"{directory}/{name}";
        return path.Replace('\\', '/').TrimStart('/');
    }

    /// <summary>A file that only this process sees and that is gone when it is closed.</summary>
    private protected FileStream CreateTemporaryFile()
    {
        string folder = (ExceptionContext as IHostEnvironmentInternal)?.TempFilePath;
        if (string.IsNullOrEmpty(folder))
            folder = Path.GetTempPath();
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 1 << 16,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(Path.Combine(folder, $"mlnet-{Guid.NewGuid():N}"), options);
    }

    public sealed class Entry : IDisposable
    {
        private readonly Action<Entry> _onDispose;
        private bool _disposed;

        internal Entry(string path, Stream stream, Action<Entry> onDispose = null)
        {
            Path = path;
            Stream = stream;
            _onDispose = onDispose;
        }

        public string Path { get; }

        public Stream Stream { get; }

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            using (Stream)
                _onDispose?.Invoke(this);
        }
    }
}
