using System.Text.Json.Nodes;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>A run that is made once: its result's file, and until that is there its checkpoints.</summary>
internal sealed class PlannedRun<T>
    where T : class, IRunResult<T>
{
    private readonly string _path;
    private readonly GlueCheckpoints _checkpoints;

    /// <summary>Plans the run; what is there already is checked against its settings, else the data is looked for.</summary>
    /// <param name="path">The file of the result.</param>
    /// <param name="checkpoints">See <see cref="GlueCheckpoints"/>; null: <c>checkpoints</c> beside the result.</param>
    /// <param name="run">The task, and how often there is a checkpoint.</param>
    /// <param name="settings">All settings, as they stand in the file.</param>
    /// <param name="data">Where the data is.</param>
    public PlannedRun(string path, string? checkpoints, GlueSettings run, JsonObject settings, GlueDirectory data)
    {
        _path = path;
        _checkpoints = new GlueCheckpoints(path, checkpoints, settings, run.CheckpointInterval);
        if (!File.Exists(path))
        {
            data.Check(run.Task);
            _checkpoints.Check();
            return;
        }
        Result = T.Read(path);
        ResultFile.CheckSettings(path, Result.Settings, settings);
    }

    /// <summary>The result; null before the run, unless an earlier process has made it.</summary>
    public T? Result { get; private set; }

    /// <summary>Throws when a result is to come and could not be written.</summary>
    /// <exception cref="IOException">It could not; the message says why.</exception>
    public void CheckWritable()
    {
        if (Result is null)
            AtomicFile.CheckWritableDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    /// <summary>Trains unless there is a result, writes the result and removes the checkpoints.</summary>
    public T Run(Func<GlueCheckpoints, T> train, IGlueProgress? progress)
    {
        if (Result is null)
        {
            CheckWritable();
            T result = train(_checkpoints);
            result.Write(_path);
            Result = result;
        }
        _checkpoints.Remove(progress);
        return Result;
    }
}
