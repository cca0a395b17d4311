using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.Training.Losses;
using Microsoft.ML.DeLoRA.Training.Runs;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// The training loop. Each turn looks at how far the run has come and does what comes next (a step, an evaluation, an epoch's end), so that
/// a run that goes on from a checkpoint does, bit by bit, what it would have done anyway.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    // One gradient that overflows is an accident, such as an odd row; several in a row are a run that learns nothing any more.
    private const int MostSkippedInARow = 3;

    private readonly SequenceClassifier _model;
    private readonly TrainingOptions _options;
    private readonly IMetric _metric;
    private readonly IMetric _validationLoss;
    private readonly TrainingData _training;
    private readonly TrainingData? _validation;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly RunPlan _plan;
    private readonly AdamW _optimizer;
    private readonly SeededDropout _dropout;
    private readonly BestEpoch _best;
    private readonly StepCallbacks? _callbacks;
    private readonly GradientStep _gradientStep;
    private readonly Soundness _soundness;
    private readonly TrainingClock _clock;
    private readonly RunCheckpoints? _checkpoints;
    private readonly List<string> _messages = [];
    private RunPosition _at = new();
    private int _verifiedStep = -1;

    public TrainingRun(
        SequenceClassifier model, AdapterSet? adapters, TrainingOptions options, IMetric metric, IMetric validationLoss,
        TrainingData training, TrainingData? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        (_model, _options, _metric, _validationLoss) = (model, options, metric, validationLoss);
        (_training, _validation, _progress, _cancellation) = (training, validation, progress, cancellation);
        TrainingLoss loss = TrainingLoss.Create(options, training);
        _plan = new RunPlan(options, training.Count, validation is not null);
        _clock = new TrainingClock((long)training.Count * options.Epochs, _plan.EvaluationCount);
        if (adapters?.StartFrom(_plan.Batches().Select(Batch)) is { } note)
            _messages.Add(note);
        var trained = (adapters?.Parameters ?? []).Concat(model.Encoder.Parameters).Where(p => p.Trainable).Distinct();
        _optimizer = new AdamW(
            ParameterGroup.Create(trained, model.Head.Parameters.Where(p => p.Trainable), options),
            options.Beta1, options.Beta2, options.Epsilon);
        _dropout = new SeededDropout(Seeds.For(options.SeedOrZero, SeedPurpose.Dropout), model.Encoder.Device);
        _best = new BestEpoch(_optimizer, metric.HigherIsBetter);
        _soundness = new Soundness(model, _optimizer, training);
        var extent = new RunExtent(options.Epochs, _plan.StepsPerEpoch, validation is not null);
        try
        {
            _callbacks = adapters?.Method.CreateCallbacks(adapters, _plan.StepCount);
            _gradientStep = new GradientStep(model, _optimizer, loss, _dropout, options.MaxGradientNorm, _messages.Add, _callbacks);
            if (options.Checkpoints is not null)
            {
                var settings = RunSettings.Of(
                    model, adapters, options, _plan.StepsPerEpoch, metric.Name, training, validation,
                    methodCountsSteps: _callbacks is not null);
                var state = new RunState(_optimizer, _dropout, _best, progress as IRunJournal, extent, _callbacks);
                _checkpoints = new RunCheckpoints(options.Checkpoints, settings, state, _messages.Add);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Goes on from a checkpoint, if there is one, to the end. The model has the best parameters then.</summary>
    public TrainingResult Run()
    {
        try
        {
            Resume();
            while (!_at.Finished)
            {
                if (_at.StepsInEpoch == _plan.StepsPerEpoch)
                    FinishEpoch();
                else if (_plan.IsEvaluationDue(_at.Step) && _at.Evaluations.LastOrDefault()?.Step != _at.Step)
                    EvaluateWithinEpoch();
                else
                    Step();
                Save();
            }
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            if (_checkpoints is not null && (IsVerified || Fault() is null))
                _checkpoints.Save(_at);
            throw;
        }
        finally
        {
            _best.Restore();
            _model.Encoder.WeightsChanged();
        }
        return new TrainingResult(_at.Epochs, _best.Result!, _metric.Name, _clock.RowsPerSecond, _optimizer.ParameterCount)
        {
            Evaluations = _at.Evaluations,
            StoppedEarly = _at.StoppedEarly,
        };
    }

    public void Dispose()
    {
        _checkpoints?.Dispose();
        _callbacks?.Dispose();
        _best.Dispose();
        _dropout.Dispose();
        _optimizer.Dispose();
    }

    private void Resume()
    {
        if (_checkpoints?.Resume() is not { } position)
            return;
        _at = position;
        // The run may have been of fewer epochs, and finished then.
        _at.Finished = _at.StoppedEarly || _at.Epoch > _options.Epochs;
        _gradientStep.MaxRows = _at.MaxRows;
        _clock.Skip(_plan.RowsBefore(_at.Step), _at.Evaluations.Count);
    }

    private void Step()
    {
        int[][] batches = _plan.Step(_at.Step);
        double factor = _options.RateFactor(_at.Step, _plan.StepCount);
        double rate = factor * _options.LearningRate;
        var result = _clock.Train(batches.Sum(b => b.Length), () => _gradientStep.Run(_training, batches, _at.Step, factor, _cancellation));
        if (!double.IsFinite(result.Loss))
            throw DivergedLoss(result.Loss, rate, batches);
        // This loss was computed with what the last checkpoint holds.
        _checkpoints?.Confirm();
        _at.Add(result, rate, _gradientStep.Weight(_training, batches));
        _at.MaxRows = _gradientStep.MaxRows;
        if (!result.IsUpdate)
            Skipped(result);
        Report(Progress());
    }

    private void Skipped(StepResult result)
    {
        bool noneInEpoch = _at.StepsInEpoch == _plan.StepsPerEpoch && _at.SkippedInARow >= _at.StepsInEpoch;
        if (_at.SkippedInARow >= MostSkippedInARow || noneInEpoch)
            throw Diverged(FormattableString.Invariant($"The gradient's norm became {result.GradientNorm}")
                + (_at.SkippedInARow > 1 ? $", {_at.SkippedInARow} times in a row," : ""));
        _messages.Add(FormattableString.Invariant(
            $"The gradient's norm became {result.GradientNorm} in step {_at.Step}, at a learning rate of {_at.LearningRate:g3}, on rows ")
            + $"{string.Join(", ", StepRows().Take(32))}: the step is skipped. "
            + $"After {MostSkippedInARow} in a row, or an epoch of them, the run ends.");
    }

    // A checkpoint is good when what its parameters give is finite; it is not written before that is known.
    private void Save()
    {
        if (_checkpoints?.IsDue(_at) != true)
            return;
        RequireSound();
        _checkpoints.TrySave(_at);
    }

    /// <summary>Throws unless the parameters as they are now, and what they give for the rows of the last step, are finite.</summary>
    private void RequireSound()
    {
        if (IsVerified)
            return;
        if (Fault() is { } fault)
            throw Diverged(fault);
        _verifiedStep = _at.Step;
    }

    private bool IsVerified => _at.Step == 0 || _verifiedStep == _at.Step;

    private string? Fault() => _soundness.Fault(_plan.Step(_at.Step - 1), _at.MaxRows);

    private TrainingDivergedException Diverged(string what)
    {
        _checkpoints?.Discard(_at.Step);
        return new TrainingDivergedException(what, _at.Step, _at.LearningRate, StepRows(), _checkpoints?.Last);
    }

    // Where the rows themselves give an infinite loss, the parameters are as good as they were.
    private TrainingDivergedException DivergedLoss(double loss, double rate, int[][] batches)
    {
        bool isFaultOfData = _soundness.Fault(batches, _at.MaxRows) is null;
        if (!isFaultOfData)
            _checkpoints?.Discard(_at.Step);
        return new TrainingDivergedException(FormattableString.Invariant($"The loss became {loss}"), _at.Step + 1, rate, Numbers(batches),
            _checkpoints?.Last, isFaultOfData ? _soundness.AdviceFor(batches) : null);
    }

    private int[] StepRows() => Numbers(_plan.Step(_at.Step - 1));

    private int[] Numbers(int[][] batches) => [.. batches.SelectMany(b => b).Select(_training.NumberOf)];

    private void EvaluateWithinEpoch()
    {
        EpochResult result = Evaluate();
        bool isBest = Keep(result);
        Report(Progress() with { Evaluation = result });
        SaveBest(isBest);
    }

    private void FinishEpoch()
    {
        EpochResult result = Evaluate();
        _at.Epochs.Add(result);
        bool isBest = Keep(result);
        TrainingProgress progress = Progress();
        (_at.LossSum, _at.LossWeight, _at.StepsInEpoch) = (0, 0, 0);
        _at.Finished |= _at.Epoch == _options.Epochs;
        _at.Epoch++;
        Report(progress with { TimeLeft = _at.Finished ? TimeSpan.Zero : progress.TimeLeft, FinishedEpoch = result });
        SaveBest(isBest);
    }

    // Also where there is no validation set: the epoch may be the best one, or the last.
    private EpochResult Evaluate()
    {
        double trainingLoss = _at.LossSum / _at.LossWeight;
        if (_validation is null)
        {
            RequireSound();
            return new EpochResult(_at.Epoch, trainingLoss, null, null) { Step = _at.Step };
        }
        if (_soundness.ParameterFault() is { } fault)
            throw Diverged(fault);
        Predictions predictions;
        try
        {
            predictions = _clock.Validate(() => Evaluator.Predict(_model, _validation, _cancellation));
        }
        catch (NotFiniteScoreException e)
        {
            throw Diverged(FormattableString.Invariant(
                $"What the model puts out for {e.RowName} (from 0), on which it is validated, became {e.OffendingNumber} with the update"));
        }
        double loss = _validationLoss.Compute(predictions);
        double metric = _metric.Compute(predictions);
        if (!double.IsFinite(loss))
            throw Diverged(FormattableString.Invariant($"The validation loss became {loss} with the update"));
        _verifiedStep = _at.Step;
        if (!double.IsFinite(metric))
            _messages.Add(FormattableString.Invariant($"The {_metric.Name} is not defined after step {_at.Step}: it is {metric}. ")
                + "Such an evaluation is worse than any other; of several the one with the lowest validation loss counts as best.");
        return new EpochResult(_at.Epoch, trainingLoss, loss, metric) { Step = _at.Step };
    }

    private bool Keep(EpochResult result)
    {
        bool isBest = _best.Offer(result);
        _at.Best = _best.Result;
        if (_validation is null)
            return false;
        _at.Evaluations.Add(result);
        if (_options.EarlyStopping is { } stopping
            && stopping.IsOver(_at.Evaluations.Select(e => e.ValidationMetric!.Value), _metric.HigherIsBetter))
        {
            _at.StoppedEarly = _at.Finished = true;
            _messages.Add($"Stopped early after step {_at.Step}: the last {stopping.Patience} evaluations "
                + $"brought no better {_metric.Name}.");
        }
        return isBest;
    }

    private void SaveBest(bool isBest)
    {
        if (isBest)
            _checkpoints?.SaveBest(_at);
    }

    private TrainingProgress Progress() => new(
        _at.Epoch, _options.Epochs, _at.Step, _plan.StepCount, _at.Loss, _at.LearningRate, _clock.RowsPerSecond, _clock.TimeLeft, null)
    {
        MetricName = _validation is null ? null : _metric.Name,
    };

    private void Report(TrainingProgress progress)
    {
        if (_messages.Count > 0)
            progress = progress with { Message = string.Join(Environment.NewLine, _messages) };
        _messages.Clear();
        _progress?.Report(progress);
    }

    private PackedBatch Batch(int[] rows)
    {
        _cancellation.ThrowIfCancellationRequested();
        return _training.Batch(rows, _model.Encoder.Configuration, _model.Encoder.Device);
    }
}
