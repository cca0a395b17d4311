using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.DeLoRA.Training.Runs;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.Experiments.Glue;

/// <summary>
/// The protocol of the paper: train on the training set, choose the epoch on one part of the validation set, report the
/// other part.
/// </summary>
/// <param name="settings">The settings.</param>
/// <param name="directory">Where the data is.</param>
/// <param name="progress">Told of steps and epochs, and of what is odd about the data.</param>
/// <param name="checkpoints">From which it goes on, and where it leaves new ones; null: none.</param>
/// <param name="observe">Given the untrained model; what it returns is told of steps and epochs, too, and may read the model then.</param>
internal sealed class GlueTraining(
    GlueSettings settings, GlueDirectory directory, IGlueProgress? progress, GlueCheckpoints? checkpoints = null,
    Func<TrainableModel, IRunJournal>? observe = null)
{
    private readonly GlueTask _task = settings.Task;
    private int _truncated;

    public GlueResult Run(CancellationToken cancellationToken)
    {
        GlueData train = Read(GluePart.Train, _task.TrainCount);
        int[] brokenLines = [.. train.BrokenLines];
        if (settings.MaxRows < train.Rows.Count)
            train = train.Select(NumpyPermutation.Create(train.Rows.Count, (uint)settings.Training.SeedOrZero)[..settings.MaxRows.Value]);
        GlueData development = Read(GluePart.Validation, _task.ValidationCount);
        PaperSplit split = PaperSplit.Create(_task, development.Rows.Count, settings.Training.SeedOrZero);
        GlueData? mismatched = _task.MismatchedCount > 0 && directory.Find(_task, GluePart.MismatchedValidation) is not null
            ? Read(GluePart.MismatchedValidation, _task.MismatchedCount)
            : null;

        using var model =
            TrainableModel.Create(settings.BaseModel, settings.Adapter, _task.OutputCount, settings.Training.SeedOrZero, Device);
        foreach (string warning in model.Warnings)
            progress?.Note(warning);
        model.Classifier.Encoder.Precision = settings.Precision;
        TrainingData validation = Tokenize(development.Select(split.Validation));
        TrainingData test = Tokenize(development.Select(split.Test));
        var journal = new GlueJournal(progress, observe?.Invoke(model));
        (TrainingResult? result, string? diverged) = Train(model, Tokenize(train), validation, journal, cancellationToken);
        bool isTrained = journal.Evaluations.Count > 0;
        Dictionary<string, double> testMetrics = Measure(test);
        Dictionary<string, double>? mismatchedMetrics = mismatched is null ? null : Measure(Tokenize(mismatched));
        IEnumerable<ModelParameter> head = model.Classifier.Head.Parameters;
        return new GlueResult
        {
            Task = _task.Name,
            Method = settings.Method,
            Seed = settings.Training.SeedOrZero,
            Metric = _task.Metric.Name,
            SelectionMetric = Selection.Name,
            Test = testMetrics,
            TestMismatched = mismatchedMetrics,
            BestEpoch = result?.Best.Epoch,
            Epochs = journal.Epochs,
            Evaluations = settings.Training.EvaluateEverySteps is null ? [] : journal.Evaluations,
            StoppedEarly = result is { StoppedEarly: true },
            Diverged = diverged,
            TrainRows = train.Rows.Count,
            ValidationRows = split.Validation.Count,
            TestRows = split.Test.Count,
            TruncatedRows = _truncated,
            BrokenLines = brokenLines,
            TrainableParameters = TrainableParameters.Count(model.Classifier, model.Adapters).Trainable,
            HeadParameters = head.Sum(p => p.Value.numel()),
            Seconds = Math.Round(journal.Seconds, 1),
            Settings = settings.ToJson(),
            Environment = RunEnvironment.Current(Device),
        };

        TrainingData Tokenize(GlueData data)
        {
            int maxLength = Math.Min(settings.MaxLength, model.Classifier.Encoder.Configuration.MaxTokens);
            TrainingData result = data.Tokenize(model.Base.Tokenizer, maxLength, out int truncated, cancellationToken);
            _truncated += truncated;
            return result;
        }

        Dictionary<string, double> Measure(TrainingData data)
        {
            try
            {
                Predictions? predictions = isTrained ? Evaluator.Predict(model.Classifier, data, cancellationToken) : null;
                return _task.Metrics.ToDictionary(m => m.Name, m => predictions is null ? double.NaN : m.Compute(predictions));
            }
            catch (NotFiniteNumberException e)
            {
                diverged ??= e.Message;
                progress?.Note(e.Message);
                return _task.Metrics.ToDictionary(m => m.Name, _ => double.NaN);
            }
        }
    }

    private Device Device => settings.Device ?? CPU;

    private IMetric Selection => _task.SelectionMetric ?? _task.Metric;

    private GlueData Read(GluePart part, int officialCount)
    {
        GlueData data = directory.Read(_task, part);
        if (data.BrokenLines.Count > 0)
            progress?.Note($"{directory.Find(_task, part)}: {data.BrokenLines.Count} broken lines were left out: "
                + string.Join(", ", data.BrokenLines.Take(20)) + (data.BrokenLines.Count > 20 ? ", ..." : ""));
        if (data.Rows.Count != officialCount)
            progress?.Note($"{directory.Find(_task, part)} has {data.Rows.Count:N0} rows; the official file has {officialCount:N0}, "
                + "so results are not comparable with published ones.");
        return data;
    }

    // A seed is never dropped: a run that diverges is reported with the evaluations until then.
    private (TrainingResult? Result, string? Diverged) Train(
        TrainableModel model, TrainingData training, TrainingData validation, GlueJournal journal, CancellationToken cancellationToken)
    {
        TrainingOptions options = settings.Training with { Checkpoints = checkpoints?.Begin() };
        try
        {
            var trainer = new Trainer(model.Classifier, model.Adapters, options, Selection);
            return (trainer.Train(training, validation, journal, cancellationToken), null);
        }
        catch (TrainingDivergedException e)
        {
            progress?.Note(e.Reason);
            return (null, e.Reason);
        }
    }
}
