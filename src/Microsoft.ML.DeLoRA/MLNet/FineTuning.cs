using Microsoft.ML.DeLoRA.Adapters;
using Microsoft.ML.DeLoRA.Adapters.Peft;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.Models;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>One call of Fit: checks everything, reads the rows, trains, makes the model.</summary>
internal sealed class FineTuning(DeLoRATextOptions options, TrainingLabels labels, IChannel channel, Device device)
{
    private readonly int _seed = options.Seed!.Value;
    private readonly IMetric _metric = options.Metric ?? labels.Metric;

    public (TextModel Model, TrainingResult Result) Run(IDataView input)
    {
        MetricFit.Require(_metric, labels.Task, labels.OutputCount);
        CheckTexts(input.Schema);
        if (options.ValidationSet is { } validation)
        {
            CheckTexts(validation.Schema);
            labels.CheckValidation(validation.Schema);
        }
        foreach (string warning in options.Warnings())
            channel.Warning(MessageSensitivity.None, warning);
        using TrainableModel model = Start();
        foreach (string warning in model.Warnings)
            channel.Warning(MessageSensitivity.None, warning);
        if (model.HeadNote is { } note && model.TakesHeadOver)
            channel.Info(MessageSensitivity.None, note);
        else if (model.HeadNote is not null)
            channel.Warning(MessageSensitivity.None, model.HeadNote);
        var description = new TextModelDescription
        {
            Kind = labels.Kind,
            OutputCount = labels.OutputCount,
            TakesPairs = options.SecondTextColumnName is not null,
            MaxLength = MaxLength(model.Classifier.Encoder.Configuration),
            Precision = options.Precision,
            Labels = labels.Values?.Texts ?? [],
        };
        model.Classifier.Encoder.Precision = options.Precision;
        channel.Info(MessageSensitivity.None, TrainableParameters.Count(model.Classifier, model.Adapters).ToString());
        TrainingResult result = Train(model, description, input);
        return (new TextModel(model.Finish(description)), result);
    }

    private TrainableModel Start()
    {
        var task = new HeadLabels(labels.Kind, labels.OutputCount, labels.Values?.Texts ?? []);
        if (options.AdapterDirectory is not { } path)
            return TrainableModel.Create(options.BaseModel, options.Adapter, labels.OutputCount, _seed, device, task);
        using PeftDirectory directory = PeftDirectory.Open(path);
        return TrainableModel.ContinuePeft(options.BaseModel, directory, task, _seed, device);
    }

    private TrainingResult Train(TrainableModel model, TextModelDescription description, IDataView input)
    {
        LabelledTexts rows = Read(input, "training");
        LabelledTexts? validationRows = options.ValidationSet is null ? null : Read(options.ValidationSet, "validation");
        labels.CheckTraining(rows, channel);
        if (options.ValidationFraction is { } fraction)
        {
            if (rows.Count < 2)
                throw new InvalidOperationException($"There is one training row only; {nameof(options.ValidationFraction)} needs at least two.");
            (rows, validationRows) = rows.Split(fraction, _seed);
        }

        TrainingData training = Tokenize(rows, "training");
        TrainingData? validation = validationRows is null ? null : Tokenize(validationRows, "validation");
        Announce(training.Count, validation?.Count);
        var trainer = new Trainer(model.Classifier, model.Adapters, options.Training with { Seed = _seed }, _metric);
        options.Started?.Invoke(new TrainingStart(
            training.Count, validation?.Count, TrainableParameters.Count(model.Classifier, model.Adapters), description.MaxLength,
            Devices.Name(device)));
        TrainingResult result = trainer.Train(training, validation, new EpochLog(channel, _metric, options.Progress), options.CancellationToken);
        channel.Info(MessageSensitivity.None, $"Kept: {result.Best.Text(result.MetricName)}");
        return result;

        TrainingData Tokenize(LabelledTexts texts, string purpose)
        {
            TrainingData data = texts.Tokenize(model.Base.Tokenizer, description.MaxLength, out int truncated, options.CancellationToken);
            if (truncated > 0)
                channel.Warning(MessageSensitivity.None, TruncationMessage.Of(truncated, description.MaxLength, purpose));
            return data;
        }
    }

    private void Announce(int rows, int? validationRows)
    {
        string classes = labels.Kind switch
        {
            TextModelKind.Regression => "regression",
            TextModelKind.MultiLabelClassification => $"{labels.OutputCount:N0} labels",
            _ => $"{labels.OutputCount:N0} classes",
        };
        string validation = validationRows is null ? "no validation rows" : $"{validationRows:N0} validation rows";
        channel.Info(MessageSensitivity.None, $"Training on {rows:N0} rows, {validation}, {classes}; {options.Adapter?.ToString() ?? "the head only"} on "
            + $"{options.BaseModel ?? BaseModel.EmbeddedName}; {Devices.Name(device)}, {options.Precision}.");
    }

    private LabelledTexts Read(IDataView data, string purpose)
    {
        var rows = LabelledTexts.Read(data, labels, CheckTexts(data.Schema), purpose, options.CancellationToken);
        if (rows.Count == 0)
            throw TrainingLabels.NoneLabelled(options.LabelColumnName, rows.RowsWithoutLabel, purpose, labels.MissingLabelAdvice);
        if (!rows.HasText)
            throw new InvalidOperationException($"Column '{options.TextColumnName}' is empty in all {rows.Count:N0} {purpose} rows. "
                + $"Was the right column named {nameof(options.TextColumnName)}?");
        if (rows.RowsWithoutLabel > 0)
            channel.Warning(MessageSensitivity.None, $"{rows.RowsWithoutLabel:N0} {purpose} rows have no label in column "
                + $"'{options.LabelColumnName}' and are left out; {rows.Count:N0} remain.");
        return rows;
    }

    private DataViewSchema.Column[] CheckTexts(DataViewSchema schema) => options.SecondTextColumnName is { } second
        ? [ColumnChecks.Text(schema, options.TextColumnName), ColumnChecks.Text(schema, second)]
        : [ColumnChecks.Text(schema, options.TextColumnName)];

    private int MaxLength(RobertaConfiguration configuration)
    {
        if (options.MaxLength is not { } length)
            return Math.Min(256, configuration.MaxTokens);
        if (length > configuration.MaxTokens)
            throw new ArgumentException($"{nameof(options.MaxLength)} is {length}, "
                + $"but the base model takes {configuration.MaxTokens} tokens at most.", nameof(options.MaxLength));
        return length;
    }
}
