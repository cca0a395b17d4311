using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Compat.Tests.Data;
using DeLoRA.TestSupport;

namespace Compat.Tests.ModelFile;

/// <summary>The model files that the real library wrote, and copies of them with something changed.</summary>
internal static class GoldenZip
{
    public static readonly JsonElement Golden = GoldenFile.Load(Path.Combine("modelzip", "modelzip"));

    public static byte[] Read(string name)
    {
        string chosen = Path.Combine(Repository.Golden, "mlnet", "modelzip", name);
        return File.ReadAllBytes(File.Exists(chosen) ? chosen : Path.Combine(Repository.Root, "tests", "golden", "mlnet", "modelzip", name));
    }

    /// <summary>The entries in their order.</summary>
    public static List<(string Name, byte[] Content)> Entries(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip), ZipArchiveMode.Read);
        return archive.Entries.Select(entry =>
        {
            using Stream stream = entry.Open();
            var content = new MemoryStream();
            stream.CopyTo(content);
            return (entry.FullName, content.ToArray());
        }).ToList();
    }

    /// <summary>A zip of the same entries; a null content leaves the entry out.</summary>
    public static byte[] With(byte[] zip, Func<string, byte[], byte[]?> change, params (string Name, byte[] Content)[] added)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            IEnumerable<(string, byte[]?)> entries = Entries(zip).Select(e => (e.Name, change(e.Name, e.Content)));
            foreach ((string name, byte[]? content) in entries.Concat(added.Select(a => (a.Name, (byte[]?)a.Content))))
            {
                if (content is null)
                    continue;
                using Stream target = archive.CreateEntry(name).Open();
                target.Write(content);
            }
        }
        return stream.ToArray();
    }

    public static byte[] Without(byte[] zip, string name) => With(zip, (entry, content) => entry == name ? null : content);

    /// <summary>Some bytes of one entry replaced.</summary>
    public static byte[] WithBytes(byte[] zip, string name, int offset, params byte[] bytes) => With(zip, (entry, content) =>
    {
        if (entry == name)
            bytes.CopyTo(content, offset);
        return content;
    });

    /// <summary>The bytes of a hex dump of the golden file.</summary>
    public static byte[] Bytes(JsonElement hex) => hex.EnumerateArray()
        .SelectMany(line => line.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        .Select(b => byte.Parse(b, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
        .ToArray();
}
