using System.IO.Compression;

namespace Microsoft.ML;

/// <summary>Reads a repository. Entries are found by name only: nothing is ever written to a place that the zip names.</summary>
internal sealed class RepositoryReader : Repository
{
    private const int LargestInMemory = 1 << 24;

    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    private RepositoryReader(Stream stream, IExceptionContext context) : base(context)
    {
        try
        {
            _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (ZipArchiveEntry entry in _archive.Entries)
                _entries[NormalizeForArchiveEntry(null, entry.FullName)] = entry;
        }
        catch (InvalidDataException e)
        {
            throw Contracts.Mark(new FormatException("Failed to open a zip archive", e));
        }
    }

    public static RepositoryReader Open(Stream stream, IExceptionContext ectx = null, bool useFileSystem = true) => new(stream, ectx);

    public Entry OpenEntry(string name) => OpenEntry(null, name);

    public Entry OpenEntry(string dir, string name) =>
        OpenEntryOrNull(dir, name) ?? throw Contracts.Except($"Repository doesn't contain entry {NormalizeForArchiveEntry(dir, name)}");

    public Entry OpenEntryOrNull(string name) => OpenEntryOrNull(null, name);

    /// <summary>The whole entry, unpacked and checked to be as long as the zip says.</summary>
    public Entry OpenEntryOrNull(string dir, string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        string path = NormalizeForArchiveEntry(dir, name);
        if (!_entries.TryGetValue(path, out ZipArchiveEntry entry))
            return null;
        Stream unpacked = entry.Length <= LargestInMemory ? new MemoryStream() : CreateTemporaryFile();
        try
        {
            Unpack(entry, unpacked);
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
        return new Entry(path, unpacked);
    }

    public override void Dispose() => _archive.Dispose();

    private static void Unpack(ZipArchiveEntry entry, Stream target)
    {
        try
        {
            using Stream source = entry.Open();
            var buffer = new byte[1 << 16];
            for (int read; (read = source.Read(buffer)) > 0;)
            {
                if (target.Length + read > entry.Length)
                    throw WrongLength(entry, "more");
                target.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            throw Contracts.Mark(new FormatException($"Corrupt model file: entry '{entry.FullName}'", e));
        }
        if (target.Length != entry.Length)
            throw WrongLength(entry, "fewer");
        target.Position = 0;
    }

    private static FormatException WrongLength(ZipArchiveEntry entry, string than) =>
        Contracts.ExceptDecode($"Corrupt model file: entry '{entry.FullName}' has {than} bytes than the {entry.Length} that the zip says");
}
