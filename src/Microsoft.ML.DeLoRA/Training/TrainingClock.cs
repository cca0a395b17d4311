using System.Diagnostics;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>Speed and time left of a run that alternates training and validation.</summary>
internal sealed class TrainingClock(long totalRows, int totalValidations)
{
    private readonly Stopwatch _training = new();
    private readonly Stopwatch _validation = new();
    private long _rows;
    private int _validations;

    public double RowsPerSecond => _rows / Math.Max(_training.Elapsed.TotalSeconds, 1e-9);

    public TimeSpan TimeLeft
    {
        get
        {
            double training = (totalRows - _rows) / Math.Max(RowsPerSecond, 1e-9);
            double validation = (totalValidations - _validations) * (_validations == 0 ? 0 : _validation.Elapsed.TotalSeconds / _validations);
            return TimeSpan.FromSeconds(Math.Min(training + validation, TimeSpan.MaxValue.TotalSeconds / 2));
        }
    }

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
