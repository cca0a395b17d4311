using System.Globalization;

namespace Microsoft.ML.DeLoRA.Training.Logs;

/// <summary>
/// Writes a run to a CSV file (RFC 4180, invariant numbers): a line for each step, and one for each evaluation and epoch's end, which has the last
/// three columns filled.
/// </summary>
/// <remarks>
/// A run that goes on from a checkpoint goes on in the same file: lines of steps that are done again are dropped. Every line is with the
/// operating system when its report returns. Not thread-safe.
/// </remarks>
public sealed class CsvLog : IProgress<TrainingProgress>, IDisposable
{
    private const string Header = "step,epoch,loss,learning_rate,rows_per_second,epoch_loss,validation_loss,validation_metric";
    private const int EpochLossColumn = 5;
    private readonly FileStream _file;
    private StreamWriter? _writer;

    /// <summary>Opens the file, or makes it.</summary>
    /// <param name="path">Where it goes; its directory is made if need be.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public CsvLog(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        EpochResult? result = value.FinishedEpoch ?? value.Evaluation;
        _writer ??= GoOn(value.Step, isResult: result is not null);
        _writer.Write(string.Create(CultureInfo.InvariantCulture,
            $"{value.Step},{value.Epoch},{value.Loss:R},{value.LearningRate:R},{value.RowsPerSecond:F1},"));
        _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result?.TrainingLoss:R},{result?.ValidationLoss:R},{result?.ValidationMetric:R}"));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _writer?.Dispose();
        _file.Dispose();
    }

    private StreamWriter GoOn(int step, bool isResult)
    {
        using var reader = new StreamReader(_file, leaveOpen: true);
        string[] lines = reader.ReadToEnd().Split(["\r\n", "\n"], StringSplitOptions.RemoveEmptyEntries);
        string[] kept = lines.Length > 0 && lines[0] == Header ? [.. lines.Skip(1).Where(IsBefore)] : [];
        _file.SetLength(0);
        var writer = new StreamWriter(_file) { AutoFlush = true };
        foreach (string line in kept.Prepend(Header))
            writer.WriteLine(line);
        return writer;

        // A killed process may have left half a line. A result's report comes after that of its step.
        bool IsBefore(string line)
        {
            string[] fields = line.Split(',');
            return fields.Length == 8 && int.TryParse(fields[0], CultureInfo.InvariantCulture, out int at)
                && (at < step || (at == step && isResult && fields[EpochLossColumn] == ""));
        }
    }
}
