using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// Fine-tunes a classifier: its head, the adapters on its encoder, and whatever encoder parameters are trainable. The model ends
/// with the parameters of its best epoch.
/// </summary>
/// <remarks>Owns nothing. The model may be used by nobody else while it trains.</remarks>
public sealed class Trainer
{
    private readonly SequenceClassifier _model;
    private readonly AdapterSet? _adapters;
    private readonly TrainingOptions _options;
    private readonly IMetric _metric;
    private readonly IMetric _loss;

    /// <summary>Prepares a run.</summary>
    /// <param name="model">The model; its head has one output for regression, else one per class.</param>
    /// <param name="adapters">The adapters on its encoder; null trains the head (and encoder parameters that are trainable) only.</param>
    /// <param name="options">How to train.</param>
    /// <param name="metric">What decides which epoch is best; null: accuracy, or mean squared error in regression.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the adapters are not those of the model's encoder.</exception>
    public Trainer(SequenceClassifier model, AdapterSet? adapters, TrainingOptions options, IMetric? metric = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (adapters is not null && adapters.Encoder != model.Encoder)
            throw new ArgumentException("The adapters are on another encoder than the model's.", nameof(adapters));
        if (adapters is { IsMerged: true } or { Enabled: false })
            throw new ArgumentException("The adapters are merged or switched off; unmerge and enable them before training.", nameof(adapters));
        (_model, _adapters, _options) = (model, adapters, options);
        _loss = model.Head.Outputs == 1 ? new MeanSquaredError() : new CrossEntropy();
        _metric = metric ?? (model.Head.Outputs == 1 ? _loss : new Accuracy());
    }

    /// <summary>Trains.</summary>
    /// <param name="training">The training set.</param>
    /// <param name="validation">Evaluated as a whole after each epoch to choose the best one; null: the last epoch is taken.</param>
    /// <param name="progress">Told after every step and every epoch, on the calling thread as far as the implementation allows.</param>
    /// <param name="cancellationToken">Stops within a step.</param>
    /// <exception cref="ArgumentException">The data's classes do not fit the model's head.</exception>
    /// <exception cref="TrainingDivergedException">The loss became infinite or NaN; the model has its best epoch's parameters, if one was finished.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the model has its best epoch's parameters, or those of the last step in the first epoch.</exception>
    public TrainingResult Train(
        TrainingData training, TrainingData? validation = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckTargets(training, nameof(training));
        CheckTargets(validation, nameof(validation));
        var planner = new BatchPlanner(training.Count, _options.BatchSize, _options.GradientAccumulationSteps, _options.Seed);
        int stepCount = checked(planner.StepsPerEpoch * _options.Epochs);
        var clock = new TrainingClock((long)training.Count * _options.Epochs, validation is null ? 0 : _options.Epochs);
        var history = new List<EpochResult>();

        using var optimizer = new AdamW(ParameterGroup.Create(AdapterAndEncoderParameters(), _model.Head.Parameters.Where(p => p.Trainable), _options));
        using var dropout = new Dropout(_options.Seed, _model.Encoder.Device);
        using var best = new BestEpoch(optimizer, _metric.HigherIsBetter);
        var gradientStep = new GradientStep(_model, optimizer, dropout, _options.MaxGradientNorm);
        try
        {
            for (int epoch = 1; epoch <= _options.Epochs; epoch++)
            {
                double lossSum = 0;
                TrainingProgress? last = null;
                foreach (int[][] batches in planner.Epoch(epoch))
                {
                    double factor = _options.Schedule.Factor(optimizer.StepCount, stepCount, _options.WarmupRatio);
                    int rows = batches.Sum(b => b.Length);
                    double loss = clock.Train(rows, () => gradientStep.Run(training, batches, factor, cancellationToken));
                    if (!double.IsFinite(loss))
                        throw new TrainingDivergedException(optimizer.StepCount + 1, factor * _options.LearningRate, [.. batches.SelectMany(b => b)], loss);
                    lossSum += loss * rows;
                    last = new TrainingProgress(epoch, _options.Epochs, optimizer.StepCount, stepCount, loss,
                        factor * _options.LearningRate, clock.RowsPerSecond, clock.TimeLeft, null);
                    progress?.Report(last);
                }

                Predictions? predictions = validation is null ? null : clock.Validate(() => Evaluator.Predict(_model, validation, cancellationToken));
                var result = new EpochResult(epoch, lossSum / training.Count,
                    predictions is null ? null : _loss.Compute(predictions), predictions is null ? null : _metric.Compute(predictions));
                best.Offer(result);
                history.Add(result);
                progress?.Report(last! with { TimeLeft = clock.TimeLeft, FinishedEpoch = result });
            }
        }
        finally
        {
            best.Restore();
            _model.Encoder.WeightsChanged();
        }
        return new TrainingResult(history, best.Result!, _metric.Name, clock.RowsPerSecond, optimizer.ParameterCount);
    }

    private IEnumerable<ModelParameter> AdapterAndEncoderParameters()
        => (_adapters?.Parameters ?? []).Concat(_model.Encoder.Parameters).Where(p => p.Trainable).Distinct();

    private void CheckTargets(TrainingData? data, string name)
    {
        int expected = data is null or { ClassCount: 0 } ? 1 : data.ClassCount;
        if (data is not null && expected != _model.Head.Outputs)
            throw new ArgumentException(
                $"The data has {(data.ClassCount == 0 ? "numbers as targets" : $"{data.ClassCount} classes")}, but the model's head has {_model.Head.Outputs} outputs.", name);
    }
}
