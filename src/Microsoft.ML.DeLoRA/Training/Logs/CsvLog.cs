using System.Globalization;
using System.Text;
using Microsoft.ML.DeLoRA.IO;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Writes a run to a CSV file (RFC 4180, invariant numbers): a line for each step, and one for each evaluation and epoch's end, which has
/// the last three columns filled.
/// </summary>
/// <remarks>
/// A run that goes on from a checkpoint goes on in the same file: lines of steps that are done again are dropped, and the log of an earlier
/// run is replaced, with the first report. A file that is no such log is never touched. Every line is with the operating system when its
/// report returns. Not thread-safe.
/// </remarks>
public sealed class CsvLog : IProgress<TrainingProgress>, IDisposable
{
    private const string Header = "step,epoch,loss,learning_rate,rows_per_second,epoch_loss,validation_loss,validation_metric";
    private const int EpochLossColumn = 5;
    private readonly FileStream _file;
    private readonly bool _isNew;
    private StreamWriter? _writer;

    /// <summary>Opens the file, or makes it.</summary>
    /// <param name="path">Where it goes; its directory is made if need be.</param>
    /// <exception cref="IOException">It cannot be written, or a file is there that is no log of this class.</exception>
    public CsvLog(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.CheckWritableDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.CheckWritable(path);
        _isNew = !File.Exists(path);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (IsLog())
            return;
        _file.Dispose();
        throw new IOException($"'{path}' holds something else than the log of a training, so it is not written to; "
            + "give another path, or move the file away.");
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        EpochResult? result = value.FinishedEpoch ?? value.Evaluation;
        _writer ??= GoOn(value.Step, isResult: result is not null);
        _writer.Write(string.Create(CultureInfo.InvariantCulture,
            $"{value.Step},{value.Epoch},{value.Loss:R},{value.LearningRate:R},{value.RowsPerSecond:F1},"));
        _writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result?.TrainingLoss:R},{result?.ValidationLoss:R},{result?.ValidationMetric:R}"));
    }

    /// <summary>Closes the file; it is not left behind if nothing was reported and it was not there before.</summary>
    public void Dispose()
    {
        _writer?.Dispose();
        _file.Dispose();
        if (_isNew && _writer is null)
            File.Delete(_file.Name);
    }

    private bool IsLog()
    {
        Span<byte> start = stackalloc byte[Header.Length + 2];
        int read = _file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        string found = Encoding.ASCII.GetString(start[..read]).Replace("\r", "");
        return found.StartsWith(Header + '\n', StringComparison.Ordinal) || (Header + '\n').StartsWith(found, StringComparison.Ordinal);
    }

    // Cut behind the last line that stays, so that a full disk loses nothing of it.
    private StreamWriter GoOn(int step, bool isResult)
    {
        _file.Position = 0;
        using var reader = new StreamReader(_file, leaveOpen: true);
        // The last part is empty, or a line that a killed process left half.
        string[] lines = reader.ReadToEnd().Split('\n')[..^1];
        string[] kept = [.. lines.Take(1), .. lines.Skip(1).TakeWhile(IsBefore)];
        _file.SetLength(kept.Sum(line => line.Length + 1));
        _file.Seek(0, SeekOrigin.End);
        var writer = new StreamWriter(_file) { AutoFlush = true };
        if (kept.Length == 0)
            writer.WriteLine(Header);
        return writer;

        // A result's report comes after that of its step.
        bool IsBefore(string line)
        {
            string[] fields = line.TrimEnd('\r').Split(',');
            return fields.Length == 8 && int.TryParse(fields[0], CultureInfo.InvariantCulture, out int at)
                && (at < step || (at == step && isResult && fields[EpochLossColumn] == ""));
        }
    }
}
