namespace Microsoft.ML.DeLoRA.Glue;

/// <summary>One run of the benchmark, a task with a method and a seed, and the file of its result.</summary>
/// <remarks>Not thread-safe. Several processes may share an output folder; each file is written at once.</remarks>
public sealed class GlueRun
{
    private readonly GlueDirectory _data;
    private readonly string _path;

    /// <summary>Plans a run without starting it.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="data">Where the data is.</param>
    /// <param name="outputDirectory">Where the result file goes; it need not exist.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="FileNotFoundException">The task's data is not there; the message says where to get it.</exception>
    /// <exception cref="InvalidOperationException">The file is there already, with a result of other settings.</exception>
    /// <exception cref="InvalidDataException">The file is there, but is no result.</exception>
    public GlueRun(GlueSettings settings, GlueDirectory data, string outputDirectory)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(outputDirectory);
        settings.Validate();
        (Settings, _data) = (settings, data);
        _path = Path.Combine(outputDirectory, $"{settings.Task.Configuration}-{settings.Method.ToLowerInvariant()}-seed{settings.Training.Seed}.json");
        if (!File.Exists(_path))
        {
            data.Check(settings.Task);
            return;
        }
        Result = GlueResult.Read(_path);
        ResultFile.CheckSettings(_path, Result.Settings, settings.ToJson());
    }

    /// <summary>The settings.</summary>
    public GlueSettings Settings { get; }

    /// <summary>The result; null before the run, unless an earlier process has made it.</summary>
    public GlueResult? Result { get; private set; }

    /// <summary>Reads the data, trains, evaluates, and writes the result; does nothing when there is a <see cref="Result"/>.</summary>
    /// <param name="progress">Told of steps and epochs, and of what is odd about the data.</param>
    /// <param name="cancellationToken">Stops within a step; nothing is written then.</param>
    /// <exception cref="InvalidDataException">A data file is malformed; the message names file and line.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public GlueResult Run(IGlueProgress? progress = null, CancellationToken cancellationToken = default)
    {
        if (Result is null)
        {
            GlueResult result = new GlueTraining(Settings, _data, progress).Run(cancellationToken);
            result.Write(_path);
            Result = result;
        }
        return Result;
    }
}
