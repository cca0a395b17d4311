using System.Globalization;
using Microsoft.ML.DeLoRA.Weights;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Training.Runs;

/// <summary>
/// One checkpoint of a run: a safetensors file with named tensors, and position, settings and a checksum over all of it (names, types and
/// shapes of the tensors included) as metadata. A file that opens is whole.
/// </summary>
internal sealed class RunFile : IDisposable
{
    private const string Version = "2";

    // Its checksum left types and shapes out.
    private const string OldVersion = "1";

    private readonly SafeTensorsFile _file;

    private RunFile(SafeTensorsFile file)
    {
        _file = file;
        string version = Text("delora_run");
        if (version == OldVersion)
            throw new InvalidOperationException($"The checkpoint '{file.Description}' is of an earlier version of this library: "
                + "let that one finish the run, or delete the checkpoints to begin anew.");
        if (version != Version)
            throw new InvalidDataException($"'{file.Description}' is of version {version}; this library reads version {Version}.");
        SafeTensorsChecksum.Require(file);
        Settings = Text("settings");
        Position = RunPosition.FromJson(Text("position"));
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
        => Save(path, position, settings.ToJson(), tensors);

    /// <summary>The same with what <see cref="RunSettings.ToJson"/> gave.</summary>
    internal static void Save(string path, RunPosition position, string settingsText, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var writer = new SafeTensorsWriter();
        writer.Metadata["delora_run"] = Version;
        writer.Metadata["step"] = position.Step.ToString(CultureInfo.InvariantCulture);
        writer.Metadata["position"] = position.ToJson();
        writer.Metadata["settings"] = settingsText;
        foreach ((string name, Tensor value) in tensors)
            writer.Add(name, value);
        writer.SaveWithChecksum(path);
    }

    /// <summary>A tensor in the type in which it was saved; the caller disposes it.</summary>
    public Tensor Read(string name) => _file.ReadStoredTensor(name);

    /// <summary>All tensors whose names begin with a prefix, by the rest of the name; the caller disposes them.</summary>
    public Dictionary<string, Tensor> ReadAll(string prefix)
        => _file.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(n => n[prefix.Length..], Read);

    public void Dispose() => _file.Dispose();

    private string Text(string key)
        => _file.Metadata.GetValueOrDefault(key)
            ?? throw new InvalidDataException($"'{_file.Description}' is no checkpoint of a run: it has no '{key}'.");
}
