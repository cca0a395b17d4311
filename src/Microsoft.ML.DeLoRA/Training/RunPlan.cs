namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// What comes when in a run: which rows make up each step, and when the validation set is evaluated. It follows from options and seed
/// alone.
/// </summary>
internal sealed class RunPlan
{
    private readonly BatchPlanner _planner;
    private readonly TrainingOptions _options;
    private readonly int _rows;
    private readonly bool _validates;
    private (int Number, int[][][] Steps) _epoch;

    /// <param name="options">How to train.</param>
    /// <param name="rows">Training rows.</param>
    /// <param name="validates">Whether there is a validation set.</param>
    /// <exception cref="ArgumentException">An option does not fit so many rows.</exception>
    public RunPlan(TrainingOptions options, int rows, bool validates)
    {
        (_options, _rows, _validates) = (options, rows, validates);
        _planner = new BatchPlanner(
            rows, options.BatchSize, options.GradientAccumulationSteps, Seeds.For(options.SeedOrZero, SeedPurpose.Order));
        int mostEpochs = int.MaxValue / StepsPerEpoch;
        TrainingOptions.Require(options.Epochs <= mostEpochs,
            nameof(options.Epochs), $"{options.Epochs}, with {StepsPerEpoch} steps each", $"at most {mostEpochs}");
        TrainingOptions.Require(options.WarmupSteps is null || options.WarmupSteps <= StepCount,
            nameof(options.WarmupSteps), options.WarmupSteps, $"at most the {StepCount} steps of the run");
    }

    public int StepsPerEpoch => _planner.StepsPerEpoch;

    /// <summary>Steps of all epochs.</summary>
    public int StepCount => checked(StepsPerEpoch * _options.Epochs);

    /// <summary>Evaluations of all epochs, at their ends and within.</summary>
    public int EvaluationCount => _validates ? _options.Epochs + Enumerable.Range(1, StepCount).Count(IsEvaluationDue) : 0;

    /// <summary>The batches of a step, each as row numbers.</summary>
    /// <param name="step">The step, from 0.</param>
    public int[][] Step(int step) => Epoch(step / StepsPerEpoch + 1)[step % StepsPerEpoch];

    /// <summary>How many rows, repeated ones too, the steps before that one have.</summary>
    public long RowsBefore(int step)
        => (long)(step / StepsPerEpoch) * _rows
            + Epoch(step / StepsPerEpoch + 1).Take(step % StepsPerEpoch).Sum(b => b.Sum(part => (long)part.Length));

    /// <summary>The batches of the first epoch, of the second one, and so on without end.</summary>
    public IEnumerable<int[]> Batches() => Enumerable.Range(1, int.MaxValue).SelectMany(_planner.Epoch).SelectMany(step => step);

    /// <summary>Is there an evaluation within an epoch after so many steps?</summary>
    public bool IsEvaluationDue(int step)
        => _validates && step > 0 && step % _options.EvaluateEverySteps == 0 && step % StepsPerEpoch != 0;

    private int[][][] Epoch(int epoch)
    {
        if (_epoch.Number != epoch)
            _epoch = (epoch, [.. _planner.Epoch(epoch)]);
        return _epoch.Steps;
    }
}
