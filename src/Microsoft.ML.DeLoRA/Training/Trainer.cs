using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Evaluation;

namespace Microsoft.ML.DeLoRA.Training;

/// <summary>
/// Fine-tunes a classifier: its head, the adapters on its encoder, and whatever encoder parameters are trainable. The model ends
/// with the parameters of its best epoch.
/// </summary>
/// <remarks>Owns nothing. The model may be used by nobody else while it trains.</remarks>
internal sealed class Trainer
{
    private readonly SequenceClassifier _model;
    private readonly AdapterSet? _adapters;
    private readonly TrainingOptions _options;
    private readonly IMetric? _metric;

    /// <summary>Prepares a run.</summary>
    /// <param name="model">The model; its head has one output for regression, else one per class or label.</param>
    /// <param name="adapters">The adapters on its encoder; null trains the head (and encoder parameters that are trainable) only.</param>
    /// <param name="options">How to train.</param>
    /// <param name="metric">
    /// What decides which epoch is best; null: accuracy, F1 over all labels (multi-label), or mean squared error (regression).
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range, or the adapters are not those of the model's encoder.</exception>
    public Trainer(SequenceClassifier model, AdapterSet? adapters, TrainingOptions options, IMetric? metric = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (adapters is not null && adapters.Encoder != model.Encoder)
            throw new ArgumentException("The adapters are on another encoder than the model's.", nameof(adapters));
        if (adapters is { IsMerged: true } or { Enabled: false })
            throw new ArgumentException("The adapters are merged or switched off; unmerge and enable them before training.",
                nameof(adapters));
        (_model, _adapters, _options, _metric) = (model, adapters, options with { Seed = options.SeedOrZero }, metric);
    }

    /// <summary>Trains.</summary>
    /// <param name="training">The training set.</param>
    /// <param name="validation">
    /// Evaluated as a whole after each epoch (see also <see cref="TrainingOptions.EvaluateEverySteps"/>) to choose the best one; null: the
    /// last epoch is taken.
    /// </param>
    /// <param name="progress">
    /// Told after every step, evaluation and epoch, on the calling thread as far as the implementation allows.
    /// </param>
    /// <param name="cancellationToken">Stops within a step.</param>
    /// <exception cref="ArgumentException">
    /// The data's classes do not fit the model's head, a row's tokens not the model, or an option or the metric does not fit the data.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The checkpoints are those of a run with other settings, or were not to be resumed.
    /// </exception>
    /// <exception cref="InvalidDataException">All checkpoints are damaged.</exception>
    /// <exception cref="IOException">The directory of checkpoints is in use or cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">
    /// A loss, a parameter or an output became infinite or NaN, or a gradient did three times in a row (such a step makes no update); the
    /// model has its best epoch's parameters, if one was finished.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled, after a checkpoint if there are any; the model has its best epoch's parameters, or those of the last step in the first
    /// epoch.
    /// </exception>
    public TrainingResult Train(
        TrainingData training, TrainingData? validation = null, IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellationToken = default)
    {
        CheckTargets(training, nameof(training));
        CheckTargets(validation, nameof(validation));
        if (_options.EarlyStopping is not null && validation is null)
            throw new ArgumentException("Early stopping needs a validation set.", nameof(validation));
        IMetric loss = training.ClassCount == 0
            ? new MeanSquaredError()
            : training.IsMultiLabel
            ? new LabelCrossEntropy()
            : new CrossEntropy();
        IMetric metric = _metric ?? (training.ClassCount == 0 ? loss : training.IsMultiLabel ? new MicroF1() : new Accuracy());
        MetricFit.Require(metric, training.Task, training.OutputCount);
        using var run = new TrainingRun(_model, _adapters, _options, metric, loss, training, validation, progress, cancellationToken);
        return run.Run();
    }

    private void CheckTargets(TrainingData? data, string name)
    {
        if (data is not null && data.OutputCount != _model.Head.Outputs)
        {
            string targets = data.ClassCount == 0
                ? "numbers as targets"
                : $"{data.ClassCount} {(data.IsMultiLabel ? "labels" : "classes")}";
            throw new ArgumentException($"The data has {targets}, but the model's head has {_model.Head.Outputs} outputs.", name);
        }
        data?.RequireFits(_model.Encoder.Configuration, name);
    }
}
