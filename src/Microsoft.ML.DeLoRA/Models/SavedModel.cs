using System.IO.Compression;
using TorchSharp;

namespace Microsoft.ML.DeLoRA.Models;

/// <summary>
/// Finds the text model in a model file: one of <see cref="TextModel.Save(Stream)"/>, or one of ML.NET's with a transformer of this library somewhere
/// in it. Nothing else of the file is read, and nothing in it is trusted.
/// </summary>
internal static class SavedModel
{
    private const string DescriptionFile = "model.json";
    private const string ColumnsFile = "columns.json";

    /// <param name="path">The file.</param>
    /// <param name="device">Where the model goes; null: the CPU.</param>
    /// <exception cref="InvalidDataException">It is no model file, is damaged, or holds no text model or several.</exception>
    public static TextModel Load(string path, torch.Device? device = null)
    {
        using FileStream file = File.OpenRead(path);
        using ZipArchive archive = Open(file, path);
        // ML.NET puts a transformer's streams into a folder of its own, and writes names as the system does.
        string[] folders = [.. archive.Entries.Select(e => e.FullName.Replace('\\', '/'))
            .Where(n => n == DescriptionFile || n.EndsWith("/" + DescriptionFile, StringComparison.Ordinal))
            .Select(n => n[..^DescriptionFile.Length])];
        if (folders.Length != 1)
            throw new InvalidDataException(folders.Length == 0
                ? $"'{path}' holds no text model of this library."
                : $"'{path}' holds {folders.Length} text models, in {LabelNames.Listed(folders)}; only a file with one can be used here.");
        var streams = new BoundedStreams(Read);
        streams.ReadManifest();
        if (folders[0].Length == 0)
            return TextModelFile.Load(streams, device, archive.Entries.Select(e => e.FullName));
        // A transformer's columns belong to its streams, too.
        streams.Find(ColumnsFile, BoundedStreams.LargestText);
        return TextModelFile.Load(streams, device);

        bool Read(string name, Action<Stream> read)
        {
            if (archive.Entries.FirstOrDefault(e => e.FullName.Replace('\\', '/') == folders[0] + name) is not { } entry)
                return false;
            using Stream content = entry.Open();
            read(content);
            return true;
        }
    }

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
