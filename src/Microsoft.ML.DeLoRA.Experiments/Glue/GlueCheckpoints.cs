using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Training.Runs;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// The checkpoints of a run that has no result yet, in a folder of its own, with the run's settings beside them. They are gone when the
/// result is there.
/// </summary>
internal sealed class GlueCheckpoints
{
    // Two, so that a damaged one leaves the one before; of full fine-tuning each is as large as four models.
    private const int Keep = 2;

    private readonly string _directory;
    private readonly string _settingsFile;
    private readonly JsonObject _settings;
    private readonly TimeSpan _interval;

    /// <summary>Plans them; nothing is written yet.</summary>
    /// <param name="resultFile">The file of the run's result, after which the folder is named.</param>
    /// <param name="root">The folder of the runs' folders; null: <c>checkpoints</c> beside the result.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="interval">Time between two checkpoints; 0: one at the end of each epoch.</param>
    public GlueCheckpoints(string resultFile, string? root, JsonObject settings, TimeSpan interval)
    {
        string path = Path.GetFullPath(resultFile);
        root ??= Path.Combine(Path.GetDirectoryName(path)!, "checkpoints");
        _directory = Path.Combine(Path.GetFullPath(root), Path.GetFileNameWithoutExtension(path));
        _settingsFile = Path.Combine(_directory, "settings.json");
        (_settings, _interval) = (settings, interval);
    }

    /// <summary>
    /// Throws unless the checkpoints that are there, if any, are of a run with these settings. Whether it can go on with another number of
    /// epochs is for the training to say, which knows how far it has come.
    /// </summary>
    /// <exception cref="InvalidOperationException">They are of other settings; the message names the first that differs.</exception>
    /// <exception cref="InvalidDataException">Nothing says of which run they are.</exception>
    public void Check()
    {
        if (CheckpointDirectory.HasCheckpoints(_directory)
            && ResultFile.Difference(SavedSettings(), _settings, except: "epochs") is { } difference)
            throw new InvalidOperationException($"The folder '{_directory}' has checkpoints of a run with other settings: {difference}. "
                + "Use the same settings again to go on, choose another output folder, or delete that folder to have the run begin anew.");
    }

    /// <summary>Makes the folder, and says how a training is to use it.</summary>
    /// <exception cref="IOException">Another process is making this run, or the folder cannot be made.</exception>
    public CheckpointOptions Begin()
    {
        using (new CheckpointDirectory(_directory))
        {
            Check();
            ResultFile.Write(_settingsFile, _settings);
        }
        return new CheckpointOptions
        {
            Directory = _directory,
            Every = _interval > TimeSpan.Zero ? _interval : null,
            EveryEpoch = _interval == TimeSpan.Zero,
            Keep = Keep,
            Resume = true,
        };
    }

    /// <summary>Removes the folder, but not what somebody else put there.</summary>
    /// <param name="progress">Told when it cannot be removed; the result is there anyway.</param>
    public void Remove(IGlueProgress? progress)
    {
        try
        {
            if (Directory.Exists(_directory))
                Remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            progress?.Note($"The folder '{_directory}' is needed no longer, but could not be removed: {e.Message}");
        }
    }

    private void Remove()
    {
        using (var directory = new CheckpointDirectory(_directory))
            directory.Clear();
        File.Delete(_settingsFile);
        File.Delete(Path.Combine(_directory, CheckpointDirectory.LockFile));
        foreach (string folder in new[] { _directory, Path.GetDirectoryName(_directory)! })
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
    }

    private JsonObject SavedSettings()
    {
        try
        {
            return JsonNode.Parse(RegularFile.ReadAll(_settingsFile), documentOptions: OutsideJson.Options) as JsonObject
                ?? throw new JsonException("It is no JSON object.");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new InvalidDataException(
                $"The folder '{_directory}' has checkpoints, but what says of which run, '{_settingsFile}', cannot be read: "
                + $"{e.Message} Choose another output folder, or delete that folder to have the run begin anew.", e);
        }
    }
}
