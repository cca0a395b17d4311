using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Fine-tunes a RoBERTa with an adapter on a text column (or two) and a label column; the options' type says for which task. What its
/// transformer adds: see <see cref="DeLoRATextTransformer"/>.
/// </summary>
/// <remarks>
/// Made by <c>mlContext.Transforms.DeLoRATextClassification</c>, <c>DeLoRATextRegression</c> and <c>DeLoRATextMultiLabelClassification</c>.
/// <see cref="Fit"/> reads the data once and may be called several times.
/// </remarks>
public sealed class DeLoRATextEstimator : IEstimator<DeLoRATextTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly DeLoRATextOptions _options;

    /// <summary>Prepares training.</summary>
    /// <param name="environment">The MLContext, or the environment behind one of its catalogs.</param>
    /// <param name="options">How to train, and for which task.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public DeLoRATextEstimator(IHostEnvironment environment, DeLoRATextOptions options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        // Here and not in Fit: nobody loads a million rows to hear that a package is missing.
        NativeLibraries.Require();
        _environment = environment;
        _host = environment.Register(nameof(DeLoRATextEstimator));
        // Drawn here and not in Fit, so that fits in any order, as in cross-validation, give the same models.
        _options = options with { Training = options.Training with { Seed = options.Training.Seed ?? _host.Rand.Next() } };
    }

    /// <summary>Trains.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or an option does not fit the base model.</exception>
    /// <exception cref="InvalidOperationException">
    /// The rows have no label, an infinite one, one class only, or no text; or there is no such GPU.
    /// </exception>
    /// <exception cref="IOException">The base model's directory or a file of it is missing.</exception>
    /// <exception cref="InvalidDataException">The base model is damaged.</exception>
    /// <exception cref="TrainingDivergedException">A loss, a gradient, a parameter or an output became infinite or NaN.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public DeLoRATextTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training");
        TextTask task = _options.CreateTask(input);
        (TextModel model, TrainingResult result) = new FineTuning(_options, task, channel, _environment.Device(channel)).Run(input);
        return new DeLoRATextTransformer(_environment, model, _options.Columns(task.Values), result);
    }

    /// <summary>The schema with the added columns.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ColumnChecks.Texts(inputSchema, _options.TextColumnName, _options.SecondTextColumnName);
        return _options.AddTo(inputSchema);
    }

    /// <summary>One call of Fit: checks everything, reads the rows, trains, makes the model.</summary>
    private sealed class FineTuning(DeLoRATextOptions options, TextTask task, IChannel channel, Device device)
    {
        private readonly int _seed = options.Training.SeedOrZero;
        private readonly IMetric _metric = options.Metric ?? task.Metric;

        public (TextModel Model, TrainingResult Result) Run(IDataView input)
        {
            MetricFit.Require(_metric, task.Metrics, task.OutputCount);
            CheckTexts(input.Schema);
            if (options.ValidationSet is { } validation)
            {
                CheckTexts(validation.Schema);
                task.CheckValidation(Label(input), Label(validation));
            }
            foreach (string warning in options.Warnings())
                Warn(warning);
            using TrainableModel model = Start();
            foreach (string warning in model.Warnings)
                Warn(warning);
            if (model.HeadNote is { } note && model.TakesHeadOver)
                channel.Info(MessageSensitivity.None, note);
            else if (model.HeadNote is not null)
                Warn(model.HeadNote);
            var description = new TextModelDescription
            {
                Kind = task.Kind,
                OutputCount = task.OutputCount,
                TakesPairs = options.SecondTextColumnName is not null,
                MaxLength = MaxLength(model.Classifier.Encoder.Configuration),
                Precision = options.Precision,
                Labels = task.Values?.Texts ?? [],
            };
            model.Classifier.Encoder.Precision = options.Precision;
            channel.Info(MessageSensitivity.None, TrainableParameters.Count(model.Classifier, model.Adapters).ToString());
            TrainingResult result = Train(model, description, input);
            return (new TextModel(model.Finish(description)), result);
        }

        private TrainableModel Start()
        {
            var head = new HeadLabels(task.Kind, task.OutputCount, task.Values?.Texts ?? []);
            if (options.AdapterDirectory is not { } path)
                return TrainableModel.Create(options.BaseModel, options.Adapter, task.OutputCount, _seed, device, head);
            using PeftDirectory directory = PeftDirectory.Open(path);
            return TrainableModel.ContinuePeft(options.BaseModel, directory, head, _seed, device);
        }

        private TrainingResult Train(TrainableModel model, TextModelDescription description, IDataView input)
        {
            LabelledTexts rows = Read(input, "training");
            LabelledTexts? validationRows = options.ValidationSet is null ? null : Read(options.ValidationSet, "validation");
            task.CheckTraining(rows, channel);
            if (options.ValidationFraction is { } fraction)
            {
                if (rows.Count < 2)
                    throw new InvalidOperationException(
                        $"There is one training row only; {nameof(options.ValidationFraction)} needs at least two.");
                (rows, validationRows) = rows.Split(fraction, _seed);
            }

            TrainingData training = Tokenize(rows, "training");
            TrainingData? validation = validationRows is null ? null : Tokenize(validationRows, "validation");
            Announce(training.Count, validation?.Count);
            var trainer = new Trainer(model.Classifier, model.Adapters, options.Training, _metric);
            options.Started?.Invoke(new TrainingStart(
                training.Count, validation?.Count, TrainableParameters.Count(model.Classifier, model.Adapters), description.MaxLength,
                Devices.Name(device)));
            TrainingResult result = trainer.Train(
                training, validation, new EpochLog(channel, _metric, options.Progress), options.CancellationToken);
            channel.Info(MessageSensitivity.None, $"Kept: {result.Best.Text(result.MetricName)}");
            return result;

            TrainingData Tokenize(LabelledTexts texts, string purpose)
            {
                TrainingData data = texts.Tokenize(
                    model.Base.Tokenizer, description.MaxLength, out int truncated, options.CancellationToken);
                if (truncated > 0)
                    Warn(TruncationMessage.Of(truncated, description.MaxLength, purpose));
                return data;
            }
        }

        private LabelledTexts Read(IDataView data, string purpose)
        {
            var rows = LabelledTexts.Read(data, task, Label(data), CheckTexts(data.Schema), purpose, options.CancellationToken);
            if (rows.Count == 0)
                throw TextTask.NoneLabelled(options.LabelColumnName, rows.RowsWithoutLabel, purpose, task.MissingLabelAdvice);
            if (!rows.HasText)
                throw new InvalidOperationException($"Column '{options.TextColumnName}' is empty in all {rows.Count:N0} {purpose} rows. "
                    + $"Was the right column named {nameof(options.TextColumnName)}?");
            if (rows.RowsWithoutLabel > 0)
                Warn($"{rows.RowsWithoutLabel:N0} {purpose} rows have no label in column "
                    + $"'{options.LabelColumnName}' and are left out; {rows.Count:N0} remain.");
            return rows;
        }

        private DataViewSchema.Column Label(IDataView data) => task.Label(data.Schema, options.LabelColumnName);

        private DataViewSchema.Column[] CheckTexts(DataViewSchema schema)
            => ColumnChecks.Texts(schema, options.TextColumnName, options.SecondTextColumnName);

        private int MaxLength(EncoderConfiguration configuration)
        {
            if (options.MaxLength is not { } length)
                return Math.Min(256, configuration.MaxTokens);
            if (length > configuration.MaxTokens)
                throw new ArgumentException($"{nameof(options.MaxLength)} is {length}, "
                    + $"but the base model takes {configuration.MaxTokens} tokens at most.", nameof(options.MaxLength));
            return length;
        }

        private void Announce(int rows, int? validationRows)
        {
            string validation = validationRows is null ? "no validation rows" : $"{validationRows:N0} validation rows";
            channel.Info(MessageSensitivity.None, $"Training on {rows:N0} rows, {validation}, {task}; "
                + $"{options.Adapter?.ToString() ?? "the head only"} on {options.BaseModel ?? BaseModel.EmbeddedName}; "
                + $"{Devices.Name(device)}, {options.Precision}.");
        }

        private void Warn(string message) => channel.Warning(MessageSensitivity.None, message);
    }
}
