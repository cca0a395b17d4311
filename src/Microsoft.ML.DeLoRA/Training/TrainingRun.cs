using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.Training.Losses;
using Microsoft.ML.DeLoRA.Training.Resuming;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// The training loop. Each turn looks at how far the run has come and does what comes next (a step, an evaluation, an epoch's end), so that a
/// run that goes on from a checkpoint does, bit by bit, what it would have done anyway.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly SequenceClassifier _model;
    private readonly TrainingOptions _options;
    private readonly IMetric _metric;
    private readonly IMetric _validationLoss;
    private readonly TrainingData _training;
    private readonly TrainingData? _validation;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly BatchPlanner _planner;
    private readonly int _stepCount;
    private readonly AdamW _optimizer;
    private readonly Dropout _dropout;
    private readonly BestEpoch _best;
    private readonly GradientStep _gradientStep;
    private readonly TrainingClock _clock;
    private readonly RunCheckpoints? _checkpoints;
    private readonly List<string> _messages = [];
    private RunPosition _at = new();
    private (int Epoch, int[][][] Batches) _plan;

    public TrainingRun(
        SequenceClassifier model, AdapterSet? adapters, TrainingOptions options, IMetric metric, IMetric validationLoss,
        TrainingData training, TrainingData? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        (_model, _options, _metric, _validationLoss) = (model, options, metric, validationLoss);
        (_training, _validation, _progress, _cancellation) = (training, validation, progress, cancellation);
        TrainingLoss loss = TrainingLoss.Create(options, training);
        _planner = new BatchPlanner(training.Count, options.BatchSize, options.GradientAccumulationSteps, options.Seed);
        int mostEpochs = int.MaxValue / _planner.StepsPerEpoch;
        TrainingOptions.Require(options.Epochs <= mostEpochs,
            nameof(options.Epochs), $"{options.Epochs}, with {_planner.StepsPerEpoch} steps each", $"at most {mostEpochs}");
        _stepCount = checked(_planner.StepsPerEpoch * options.Epochs);
        _clock = new TrainingClock((long)training.Count * options.Epochs, validation is null ? 0 : options.Epochs + EvaluationsWithinEpochs(1, _stepCount));
        RunSettings? settings = options.Checkpoints is null ? null : RunSettings.Of(model, adapters, options, metric.Name, training, validation);

        IEnumerable<ModelParameter> trained = (adapters?.Parameters ?? []).Concat(model.Encoder.Parameters).Where(p => p.Trainable).Distinct();
        _optimizer = new AdamW(ParameterGroup.Create(trained, model.Head.Parameters.Where(p => p.Trainable), options));
        _dropout = new Dropout(options.Seed, model.Encoder.Device);
        _best = new BestEpoch(_optimizer, metric.HigherIsBetter);
        _gradientStep = new GradientStep(model, _optimizer, loss, _dropout, options.MaxGradientNorm, _messages.Add);
        try
        {
            _checkpoints = options.Checkpoints is null ? null
                : new RunCheckpoints(
                    options.Checkpoints, settings!, new RunState(_optimizer, _dropout, _best, progress as IRunJournal), _messages.Add);
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
                if (_at.StepsInEpoch == _planner.StepsPerEpoch)
                    FinishEpoch();
                else if (IsEvaluationDue(_at.Step) && _at.Evaluations.LastOrDefault()?.Step != _at.Step)
                    EvaluateWithinEpoch();
                else
                    Step();
                _checkpoints?.SaveIfDue(_at);
            }
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            _checkpoints?.Save(_at);
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
        _best.Dispose();
        _dropout.Dispose();
        _optimizer.Dispose();
    }

    private void Resume()
    {
        if (_checkpoints?.Resume() is not { } position)
            return;
        _at = position;
        _gradientStep.MaxRows = _at.MaxRows;
        long rows = (long)(_at.Epoch - 1) * _training.Count + Batches().Take(_at.StepsInEpoch).Sum(b => b.Sum(part => (long)part.Length));
        _clock.Skip(rows, _at.Evaluations.Count);
    }

    private void Step()
    {
        int[][] batches = Batches()[_at.StepsInEpoch];
        double factor = _options.Schedule.Factor(_at.Step, _stepCount, _options.WarmupRatio);
        double rate = factor * _options.LearningRate;
        double loss = _clock.Train(batches.Sum(b => b.Length), () => _gradientStep.Run(_training, batches, factor, _cancellation));
        if (!double.IsFinite(loss))
            throw new TrainingDivergedException(_at.Step + 1, rate, [.. batches.SelectMany(b => b)], loss, _checkpoints?.Last);
        double weight = _gradientStep.Weight(_training, batches);
        (_at.Loss, _at.LearningRate) = (loss, rate);
        _at.LossSum += loss * weight;
        _at.LossWeight += weight;
        _at.StepsInEpoch++;
        _at.Step++;
        _at.MaxRows = _gradientStep.MaxRows;
        Report(Progress());
    }

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

    private EpochResult Evaluate()
    {
        double trainingLoss = _at.LossSum / _at.LossWeight;
        if (_validation is null)
            return new EpochResult(_at.Epoch, trainingLoss, null, null) { Step = _at.Step };
        Predictions predictions = _clock.Validate(() => Evaluator.Predict(_model, _validation, _cancellation));
        return new EpochResult(_at.Epoch, trainingLoss, _validationLoss.Compute(predictions), _metric.Compute(predictions)) { Step = _at.Step };
    }

    private bool Keep(EpochResult result)
    {
        bool isBest = _best.Offer(result);
        _at.Best = _best.Result;
        if (_validation is null)
            return false;
        _at.Evaluations.Add(result);
        if (_options.EarlyStopping is { } stopping && stopping.IsOver(_at.Evaluations.Select(e => e.ValidationMetric!.Value), _metric.HigherIsBetter))
        {
            _at.StoppedEarly = _at.Finished = true;
            _messages.Add($"Stopped early after step {_at.Step}: the last {stopping.Patience} evaluations brought no better {_metric.Name}.");
        }
        return isBest;
    }

    private void SaveBest(bool isBest)
    {
        if (isBest)
            _checkpoints?.SaveBest(_at);
    }

    private TrainingProgress Progress() => new(
        _at.Epoch, _options.Epochs, _at.Step, _stepCount, _at.Loss, _at.LearningRate, _clock.RowsPerSecond, _clock.TimeLeft, FinishedEpoch: null)
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

    private int[][][] Batches()
    {
        if (_plan.Epoch != _at.Epoch)
            _plan = (_at.Epoch, [.. _planner.Epoch(_at.Epoch)]);
        return _plan.Batches;
    }

    private bool IsEvaluationDue(int step)
        => _validation is not null && step > 0 && step % _options.EvaluateEverySteps == 0 && step % _planner.StepsPerEpoch != 0;

    private int EvaluationsWithinEpochs(int first, int last) => Enumerable.Range(first, last).Count(IsEvaluationDue);
}
