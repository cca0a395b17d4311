using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Resuming;

/// <summary>
/// One checkpoint of a run: a safetensors file with named tensors, and position, settings and a checksum over all of it as metadata. A file that
/// opens is whole.
/// </summary>
internal sealed class RunFile : IDisposable
{
    private const string Version = "1";
    private readonly SafeTensorsFile _file;

    private RunFile(SafeTensorsFile file)
    {
        _file = file;
        if (Text("delora_run") is var version and not Version)
            throw new InvalidDataException($"'{file.Description}' is of version {version}; this library reads version {Version}.");
        Settings = Text("settings");
        string position = Text("position");
        Position = RunPosition.FromJson(position);
        if (Checksum(position, Settings, file.Names, name => file.ReadBytes(name)) != Text("crc32c"))
            throw new InvalidDataException($"'{file.Description}' does not fit its checksum.");
    }

    public RunPosition Position { get; }

    /// <summary>What <see cref="RunSettings.ToJson"/> gave.</summary>
    public string Settings { get; }

    /// <summary>Opens a checkpoint and checks all of it.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static RunFile Open(string path)
    {
        SafeTensorsFile file = SafeTensorsFile.Open(path);
        try
        {
            return new RunFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a checkpoint under a temporary name, flushes it to the disk and renames it.</summary>
    /// <param name="path">Where it goes; an earlier file is replaced.</param>
    /// <param name="position">How far the run has come.</param>
    /// <param name="settings">What it depends on.</param>
    /// <param name="tensors">Named tensors on the CPU, contiguous.</param>
    public static void Save(string path, RunPosition position, RunSettings settings, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var writer = new SafeTensorsWriter();
        (string positionText, string settingsText) = (position.ToJson(), settings.ToJson());
        writer.Metadata["delora_run"] = Version;
        writer.Metadata["step"] = position.Step.ToString(CultureInfo.InvariantCulture);
        writer.Metadata["position"] = positionText;
        writer.Metadata["settings"] = settingsText;
        writer.Metadata["crc32c"] = Checksum(positionText, settingsText, tensors.Keys, name => tensors[name].bytes);
        foreach ((string name, Tensor value) in tensors)
            writer.Add(name, value);
        writer.Save(path);
    }

    /// <summary>A tensor in the type in which it was saved; the caller disposes it.</summary>
    public Tensor Read(string name) => _file.ReadStoredTensor(name);

    /// <summary>All tensors whose names begin with a prefix, by the rest of the name; the caller disposes them.</summary>
    public Dictionary<string, Tensor> ReadAll(string prefix)
        => _file.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(n => n[prefix.Length..], Read);

    public void Dispose() => _file.Dispose();

    private string Text(string key)
        => _file.Metadata.GetValueOrDefault(key) ?? throw new InvalidDataException($"'{_file.Description}' is no checkpoint of a run: it has no '{key}'.");

    private static string Checksum(string position, string settings, IEnumerable<string> names, Bytes bytes)
    {
        uint crc = Crc32C.Append(Crc32C.Start, Encoding.UTF8.GetBytes(position + settings));
        foreach (string name in names.Order(StringComparer.Ordinal))
            crc = Crc32C.Append(Crc32C.Append(crc, Encoding.UTF8.GetBytes(name)), bytes(name));
        return crc.ToString("x8", CultureInfo.InvariantCulture);
    }

    private delegate ReadOnlySpan<byte> Bytes(string name);
}
