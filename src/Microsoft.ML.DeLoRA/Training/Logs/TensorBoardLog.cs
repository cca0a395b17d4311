using System.Globalization;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.Training.Logs;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Writes a run as an event file that TensorBoard shows: <c>train/loss</c>, <c>train/learning_rate</c> and <c>train/rows_per_second</c> of
/// each step, <c>train/epoch_loss</c>, <c>validation/loss</c> and <c>validation/metric</c> of each evaluation and epoch's end.
/// </summary>
/// <remarks>
/// A run that goes on from a checkpoint writes another file in the same directory, which makes TensorBoard forget the steps that are done
/// again. Every report is with the operating system when it returns. Not thread-safe.
/// </remarks>
public sealed class TensorBoardLog : IProgress<TrainingProgress>, IDisposable
{
    private readonly TimeProvider _time;
    private readonly FileStream _file;
    private bool _started;

    /// <summary>Makes a file in a directory.</summary>
    /// <param name="directory">The run's directory, what <c>tensorboard --logdir</c> is given; made if need be.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public TensorBoardLog(string directory)
        : this(directory, TimeProvider.System)
    {
    }

    internal TensorBoardLog(string directory, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _time = time;
        AtomicFile.CheckWritableDirectory(directory);
        Directory.CreateDirectory(directory);
        string name = string.Create(CultureInfo.InvariantCulture,
            $"events.out.tfevents.{time.GetUtcNow().ToUnixTimeSeconds():D10}.{Environment.MachineName}."
            + $"{Environment.ProcessId}.{Guid.NewGuid():N}");
        _file = new FileStream(Path.Combine(directory, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        _file.Write(EventRecord.FileVersion(WallTime));
    }

    private double WallTime => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!_started)
            _file.Write(EventRecord.Start(WallTime, value.Step));
        _started = true;
        _file.Write(EventRecord.Scalars(WallTime, value.Step, Scalars(value)));
        _file.Flush();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static IEnumerable<(string Tag, double Value)> Scalars(TrainingProgress value)
    {
        if ((value.FinishedEpoch ?? value.Evaluation) is not { } result)
        {
            return [("train/loss", value.Loss), ("train/learning_rate", value.LearningRate),
                ("train/rows_per_second", value.RowsPerSecond)];
        }
        return result is { ValidationLoss: { } loss, ValidationMetric: { } metric }
            ? [("train/epoch_loss", result.TrainingLoss), ("validation/loss", loss), ("validation/metric", metric)]
            : [("train/epoch_loss", result.TrainingLoss)];
    }
}
