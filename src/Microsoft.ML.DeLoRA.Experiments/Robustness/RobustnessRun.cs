using System.Globalization;
using Microsoft.ML.DeLoRA.Experiments.Glue;

namespace Microsoft.ML.DeLoRA.Experiments.Robustness;

/// <summary>One run of a sweep, and the file of its result.</summary>
/// <remarks>As <see cref="GlueRun"/>: several processes, checkpoints and going on.</remarks>
public sealed class RobustnessRun
{
    private readonly GlueDirectory _data;
    private readonly PlannedRun<RobustnessResult> _run;

    /// <summary>Plans a run without starting it.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="data">Where the data is.</param>
    /// <param name="outputDirectory">Where the result file goes; it need not exist.</param>
    /// <param name="checkpointDirectory">
    /// Where, until the result is there, the checkpoints go, in a folder of the run's name; null: <c>checkpoints</c> in the output folder.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="FileNotFoundException">The task's data is not there; the message says where to get it.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is a result of other settings already, or there are checkpoints of such a run.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// The file is there, but is no result; or nothing says of which run the checkpoints are.
    /// </exception>
    public RobustnessRun(RobustnessSettings settings, GlueDirectory data, string outputDirectory, string? checkpointDirectory = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(outputDirectory);
        settings.Validate();
        (Settings, _data) = (settings, data);
        string path = Path.Combine(outputDirectory, FileName(settings));
        _run = new PlannedRun<RobustnessResult>(path, checkpointDirectory, settings.Base, settings.ToJson(), data);
    }

    /// <summary>The settings.</summary>
    public RobustnessSettings Settings { get; }

    /// <summary>The result; null before the run, unless an earlier process has made it.</summary>
    public RobustnessResult? Result => _run.Result;

    /// <summary>
    /// Trains (from the last checkpoint on, if there is one), evaluates, measures, writes the result and removes the checkpoints; does not
    /// train when there is a <see cref="Result"/>.
    /// </summary>
    /// <param name="progress">Told of steps and epochs, and of what is odd about the data.</param>
    /// <param name="cancellationToken">Stops within a step, with a checkpoint.</param>
    /// <exception cref="ArgumentException">The base model has no layer of the module's name.</exception>
    /// <exception cref="InvalidDataException">A data file is malformed, named with its line; or all checkpoints are damaged.</exception>
    /// <exception cref="InvalidOperationException">The checkpoints are of other data, or another base model.</exception>
    /// <exception cref="IOException">Another process is making this run, or a folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public RobustnessResult Run(IGlueProgress? progress = null, CancellationToken cancellationToken = default)
        => _run.Run(checkpoints => Train(checkpoints, progress, cancellationToken), progress);

    private RobustnessResult Train(GlueCheckpoints checkpoints, IGlueProgress? progress, CancellationToken cancellationToken)
    {
        WeightDistance? weight = null;
        DistanceRecorder? recorder = null;
        try
        {
            var training = new GlueTraining(Settings.Run, _data, progress, checkpoints, model =>
            {
                weight = new WeightDistance(model.Adapters!, Settings.Module);
                return recorder = new DistanceRecorder(weight);
            });
            GlueResult run = training.Run(cancellationToken);
            return new RobustnessResult
            {
                Sweep = Settings.Sweep,
                Factor = Settings.Factor,
                Module = Settings.Module,
                Steps = recorder!.Steps,
                Bound = recorder.Bound,
                Settings = Settings.ToJson(),
                Run = run with { Settings = [] },
            };
        }
        finally
        {
            weight?.Dispose();
        }
    }

    private static string FileName(RobustnessSettings settings)
    {
        string factor = settings.Factor.ToString("R", CultureInfo.InvariantCulture);
        string subject = $"{settings.Base.Task.Configuration}-{settings.Base.Method}-{settings.Sweep}";
        return $"{subject}-x{factor}-seed{settings.Base.Training.SeedOrZero}.json".ToLowerInvariant();
    }
}
