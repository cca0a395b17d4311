namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>One run of the benchmark, a task with a method and a seed, and the file of its result.</summary>
/// <remarks>
/// Not thread-safe. Several processes may share an output folder, each with other runs; a result is written at once. A run that was
/// stopped, in whatever way, goes on from its last checkpoint when it is planned and run again, and gives the result that it would have
/// given.
/// </remarks>
public sealed class GlueRun
{
    private readonly GlueDirectory _data;
    private readonly PlannedRun<GlueResult> _run;

    /// <summary>Plans a run without starting it.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="data">Where the data is.</param>
    /// <param name="outputDirectory">
    /// Where the result file goes, and, until it is there, the checkpoints, in <c>checkpoints/NAME</c>; it need not exist.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="FileNotFoundException">The task's data is not there; the message says where to get it.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is a result of other settings already, or there are checkpoints of such a run.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// The file is there, but is no result; or nothing says of which run the checkpoints are.
    /// </exception>
    public GlueRun(GlueSettings settings, GlueDirectory data, string outputDirectory)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(outputDirectory);
        settings.Validate();
        (Settings, _data) = (settings, data);
        string name = $"{settings.Task.Configuration}-{settings.Method.ToLowerInvariant()}-seed{settings.Training.SeedOrZero}";
        string path = Path.Combine(outputDirectory, $"{name}.json");
        _run = new PlannedRun<GlueResult>(path, checkpoints: null, settings, settings.ToJson(), data);
    }

    /// <summary>The settings.</summary>
    public GlueSettings Settings { get; }

    /// <summary>The result; null before the run, unless an earlier process has made it.</summary>
    public GlueResult? Result => _run.Result;

    /// <summary>
    /// Reads the data, trains (from the last checkpoint on, if there is one), evaluates, writes the result and removes the checkpoints;
    /// does not train when there is a <see cref="Result"/>.
    /// </summary>
    /// <param name="progress">Told of steps and epochs, and of what is odd about the data.</param>
    /// <param name="cancellationToken">Stops within a step, with a checkpoint.</param>
    /// <exception cref="InvalidDataException">A data file is malformed, named with its line; or all checkpoints are damaged.</exception>
    /// <exception cref="InvalidOperationException">The checkpoints are of other data, or another base model.</exception>
    /// <exception cref="IOException">Another process is making this run, or a folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public GlueResult Run(IGlueProgress? progress = null, CancellationToken cancellationToken = default)
        => _run.Run(checkpoints => new GlueTraining(Settings, _data, progress, checkpoints).Run(cancellationToken), progress);
}
