using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace Microsoft.ML;

/// <summary>Writes a repository. Several entries may be open at once; each goes into the zip when it is closed.</summary>
internal sealed class RepositoryWriter : Repository
{
    /// <summary>Above this size entries are weights, which hardly shrink: time counts for more.</summary>
    private const int SmallEntry = 1 << 20;

    private readonly ZipArchive _archive;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private RepositoryWriter(Stream stream, IExceptionContext context) : base(context)
    {
        _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using Entry version = CreateEntry("TrainingInfo", "Version.txt");
        version.Stream.Write(Encoding.UTF8.GetBytes(ProductVersion() + "\n"));
    }

    public static RepositoryWriter CreateNew(Stream stream, IExceptionContext ectx = null, bool useFileSystem = true) => new(stream, ectx);

    public Entry CreateEntry(string name) => CreateEntry(null, name);

    public Entry CreateEntry(string dir, string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        string path = NormalizeForArchiveEntry(dir, name);
        if (!_names.Add(path))
            throw Contracts.ExceptParam(nameof(name), $"Duplicate entry: '{path}'");
        return new Entry(path, CreateTemporaryFile(), Store);
    }

    /// <summary>Completes the zip.</summary>
    public void Commit() => Dispose();

    public override void Dispose() => _archive.Dispose();

    private void Store(Entry entry)
    {
        entry.Stream.Position = 0;
        CompressionLevel level = entry.Stream.Length > SmallEntry ? CompressionLevel.Fastest : CompressionLevel.Optimal;
        using Stream target = _archive.CreateEntry(entry.Path, level).Open();
        entry.Stream.CopyTo(target);
    }

    private static string ProductVersion() =>
        typeof(RepositoryWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
