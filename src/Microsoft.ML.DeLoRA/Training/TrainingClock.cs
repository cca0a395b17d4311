using System.Diagnostics;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Speed and time left of a run that alternates training and validation.</summary>
internal sealed class TrainingClock(long totalRows, int totalValidations)
{
    private readonly Stopwatch _training = new();
    private readonly Stopwatch _validation = new();
    private long _rows;
    private int _validations;
    private long _rowsBefore;
    private int _validationsBefore;

    public double RowsPerSecond => _rows / Math.Max(_training.Elapsed.TotalSeconds, 1e-9);

    public TimeSpan TimeLeft
    {
        get
        {
            double training = (totalRows - _rowsBefore - _rows) / Math.Max(RowsPerSecond, 1e-9);
            double each = _validations == 0 ? 0 : _validation.Elapsed.TotalSeconds / _validations;
            double validation = (totalValidations - _validationsBefore - _validations) * each;
            return TimeSpan.FromSeconds(Math.Min(training + validation, TimeSpan.MaxValue.TotalSeconds / 2));
        }
    }

    /// <summary>What was done before a run was stopped: it is not left to do, and says nothing about the speed now.</summary>
    public void Skip(long rows, int validations) => (_rowsBefore, _validationsBefore) = (rows, validations);

    public T Train<T>(int rows, Func<T> step)
    {
        _training.Start();
        T result = step();
        _training.Stop();
        _rows += rows;
        return result;
    }

    public T Validate<T>(Func<T> validate)
    {
        _validation.Start();
        T result = validate();
        _validation.Stop();
        _validations++;
        return result;
    }
}
