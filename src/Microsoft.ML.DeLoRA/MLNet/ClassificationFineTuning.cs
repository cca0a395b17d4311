using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Encoders;
using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>One call of Fit: checks everything, reads the rows, trains, makes the transformer.</summary>
internal sealed class ClassificationFineTuning(DeLoRATextClassificationOptions options, IChannel channel, Device device)
{
    private readonly int _seed = options.Seed!.Value;

    public DeLoRATextClassificationTransformer Run(IHostEnvironment environment, IDataView input)
    {
        DataViewSchema.Column label = ColumnChecks.Classes(input.Schema, options.LabelColumnName);
        var labels = LabelValues.Of(label);
        int classCount = (int)((KeyDataViewType)label.Type).Count;
        CheckTexts(input.Schema);
        if (options.ValidationSet is not null)
            CheckValidationLabels(options.ValidationSet.Schema, label, labels);

        using var model = TrainableModel.Create(options.BaseModel, options.Adapter, classCount, _seed, device);
        model.Classifier.Encoder.Precision = options.Precision;
        var description = new TextModelDescription
        {
            Kind = TextModelKind.Classification,
            OutputCount = classCount,
            TakesPairs = options.SecondTextColumnName is not null,
            MaxLength = MaxLength(model.Classifier.Encoder.Configuration),
            Precision = options.Precision,
            Labels = labels?.Texts ?? [],
        };
        TrainingResult result = Train(model, description, input);
        return new DeLoRATextClassificationTransformer(environment, model.ToTextModel(description), TextColumns.Of(options, labels), result);
    }

    private TrainingResult Train(TrainableModel model, TextModelDescription description, IDataView input)
    {
        LabelledTexts rows = Read(input, "training");
        LabelledTexts? validationRows = options.ValidationSet is null ? null : Read(options.ValidationSet, "validation");
        if (rows.DistinctClasses < 2)
            throw new InvalidOperationException(
                $"All {rows.Count:N0} training rows have the same label in column '{options.LabelColumnName}'; "
                + "a classifier needs rows of at least two classes. Was the data sorted by label and then cut?");
        if (options.ValidationFraction is { } fraction)
            (rows, validationRows) = rows.Split(fraction, _seed);

        TrainingData training = Tokenize(rows);
        TrainingData? validation = validationRows is null ? null : Tokenize(validationRows);
        var trainer = new Trainer(model.Classifier, model.Adapters, options.Training with { Seed = _seed });
        return trainer.Train(training, validation, new EpochLog(channel, options.Progress), options.CancellationToken);

        TrainingData Tokenize(LabelledTexts texts)
        {
            TrainingData data = texts.Tokenize(
                model.Base.Tokenizer, description.MaxLength, description.OutputCount, out int truncated, options.CancellationToken);
            if (truncated > 0)
                channel.Warning(MessageSensitivity.None, TruncationMessage.Of(truncated, description.MaxLength));
            return data;
        }
    }

    private LabelledTexts Read(IDataView data, string purpose)
    {
        DataViewSchema.Column label = ColumnChecks.Classes(data.Schema, options.LabelColumnName);
        var rows = LabelledTexts.Read(data, label, CheckTexts(data.Schema), options.CancellationToken);
        if (rows.Count == 0)
            throw new InvalidOperationException(rows.RowsWithoutLabel == 0
                ? $"The {purpose} data has no rows."
                : $"None of the {rows.RowsWithoutLabel:N0} {purpose} rows has a label in column '{options.LabelColumnName}': "
                    + "all are missing. Check what MapValueToKey was given; empty texts and NaN become missing labels.");
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

    // A validation set that was mapped by another MapValueToKey has other numbers for the same classes.
    private void CheckValidationLabels(DataViewSchema validation, DataViewSchema.Column label, LabelValues? labels)
    {
        CheckTexts(validation);
        DataViewSchema.Column other = ColumnChecks.Classes(validation, options.LabelColumnName);
        if (other.Type is KeyDataViewType key && key.Count == ((KeyDataViewType)label.Type).Count && Equals(labels, LabelValues.Of(other)))
            return;
        throw new ArgumentException(
            $"The labels of the validation set are mapped differently from those of the training data: "
            + $"column '{options.LabelColumnName}' has {Shown(other)} there and {Shown(label)} here. "
            + "Fit one MapValueToKey on the training data and transform both sets with it.", nameof(options.ValidationSet));

        static string Shown(DataViewSchema.Column column) => LabelValues.Of(column) is { } values
            ? $"the classes {string.Join(", ", values.Texts.Take(10).Select(t => $"'{t}'"))}{(values.Texts.Count > 10 ? ", ..." : "")}"
            : $"the type {column.Type}";
    }

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
