using System.IO.Compression;
using Microsoft.ML.DeLoRA.IO;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// Models as zip files: our own, and those of ML.NET with a transformer of this library somewhere in them. Nothing in a file is trusted.
/// </summary>
internal static class ModelArchive
{
    private const string ColumnsFile = "columns.json";

    /// <summary>Whether a path is that of a zip file.</summary>
    public static bool IsOne(string path) => File.Exists(path) && RegularFile.StartsWith(path, "PK"u8);

    /// <summary>Writes a model to a stream, which stays open.</summary>
    public static void Save(FineTunedModel model, Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, Action<Stream> write) in TextModelFile.Streams(model))
        {
            using Stream entry = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
            write(entry);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="stream">The stream; stays open.</param>
    /// <param name="device">Where the model goes; null: the CPU.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or of a newer version.</exception>
    public static FineTunedModel Load(Stream stream, Device? device)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        BoundedStreams streams = Streams(archive.GetEntry);
        streams.ReadManifest();
        return TextModelFile.Load(streams, device, archive.Entries.Select(e => e.FullName));
    }

    /// <summary>Finds the text model in a file of ours or of ML.NET's; nothing else of it is read.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no model file, is damaged, or holds no text model or several.</exception>
    public static FineTunedModel Find(string path)
    {
        using FileStream file = File.OpenRead(path);
        using ZipArchive archive = Open(file, path);
        // ML.NET puts a transformer's streams into a folder of its own, and writes names as the system does.
        string[] folders = [.. archive.Entries.Select(e => e.FullName.Replace('\\', '/'))
            .Where(n => n == TextModelFile.DescriptionFile || n.EndsWith("/" + TextModelFile.DescriptionFile, StringComparison.Ordinal))
            .Select(n => n[..^TextModelFile.DescriptionFile.Length])];
        if (folders.Length != 1)
            throw new InvalidDataException(folders.Length == 0
                ? $"'{path}' holds no text model of this library."
                : $"'{path}' holds {folders.Length} text models, in {LabelNames.Listed(folders)}; only a file with one can be used here.");
        BoundedStreams streams = Streams(
            name => archive.Entries.FirstOrDefault(e => e.FullName.Replace('\\', '/') == folders[0] + name));
        streams.ReadManifest();
        if (folders[0].Length == 0)
            return TextModelFile.Load(streams, device: null, archive.Entries.Select(e => e.FullName));
        // A transformer's columns belong to its streams, too.
        streams.Find(ColumnsFile, RegularFile.LargestText);
        return TextModelFile.Load(streams, device: null);
    }

    private static BoundedStreams Streams(Func<string, ZipArchiveEntry?> find) => new((name, read) =>
    {
        if (find(name) is not { } entry)
            return false;
        using Stream content = entry.Open();
        read(content);
        return true;
    });

    private static ZipArchive Open(FileStream file, string path)
    {
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is no model file: {e.Message}", e);
        }
    }
}
