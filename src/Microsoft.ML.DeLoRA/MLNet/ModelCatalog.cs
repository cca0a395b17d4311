using System.Reflection;
using System.Runtime.ExceptionServices;
using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.IO;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML;

/// <summary>
/// Brings models that Python trained into ML.NET (an adapter by PEFT, or a whole RobertaForSequenceClassification); saves models of any
/// kind so that a file is either whole or not there, and loads them so that what is wrong arrives as it was thrown.
/// </summary>
public static class ModelCatalog
{
    /// <summary>
    /// Makes a transformer of a classifier that Python's PEFT fine-tuned. It predicts, evaluates and saves like one that was trained here.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="adapterDirectory">The directory with adapter_config.json and adapter_model.safetensors, head included.</param>
    /// <param name="labels">
    /// The classes' names in the order of the head's outputs (id2label in Python); null: those that the files say, see
    /// <see cref="TextModel.LoadPeft"/>.
    /// </param>
    /// <param name="baseModel">Hugging Face directory of the base model it was trained on; null: the small one of this library.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="predictedLabelColumnName">The added column with the predicted class.</param>
    /// <param name="scoreColumnName">The added column with the probability of each class.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the base model can take.</param>
    /// <returns>
    /// The transformer. What of the files was left out or has no effect is logged as warnings (<c>mlContext.Log</c>), and in its
    /// <c>Model.Warnings</c>.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A column has no name or that of another, or the model reads pairs and no second text is named.
    /// </exception>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, has no classification head, or does not fit the base model or the labels.
    /// </exception>
    /// <exception cref="NotSupportedException">A method or a setting that is not supported; the message names it.</exception>
    public static DeLoRATextTransformer LoadPeftTextClassification(
        this ModelOperationsCatalog catalog,
        string adapterDirectory,
        IReadOnlyList<string>? labels = null,
        string? baseModel = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelColumnName = "PredictedLabel",
        string scoreColumnName = "Score",
        int? maxLength = null)
        => LoadPeft(catalog, adapterDirectory, baseModel, labels, maxLength,
            Classes(textColumnName, secondTextColumnName, predictedLabelColumnName, scoreColumnName));

    /// <summary>Makes a transformer of a regression (a head with one output) that Python's PEFT fine-tuned.</summary>
    /// <inheritdoc cref="LoadPeftTextClassification"/>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="adapterDirectory">The directory with adapter_config.json and adapter_model.safetensors, head included.</param>
    /// <param name="baseModel">Hugging Face directory of the base model it was trained on; null: the small one of this library.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="scoreColumnName">The added column with the predicted number.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the base model can take.</param>
    public static DeLoRATextTransformer LoadPeftTextRegression(
        this ModelOperationsCatalog catalog,
        string adapterDirectory,
        string? baseModel = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string scoreColumnName = "Score",
        int? maxLength = null)
        => LoadPeft(catalog, adapterDirectory, baseModel, labels: null, maxLength,
            Number(textColumnName, secondTextColumnName, scoreColumnName));

    /// <summary>
    /// Makes a transformer of a multi-label classifier (problem_type "multi_label_classification") that Python's PEFT fine-tuned.
    /// </summary>
    /// <inheritdoc cref="LoadPeftTextClassification"/>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="adapterDirectory">The directory with adapter_config.json and adapter_model.safetensors, head included.</param>
    /// <param name="labels">
    /// The labels' names, each another, in the order of the head's outputs (id2label in Python); null: those that the files say, see
    /// <see cref="TextModel.LoadPeft"/>.
    /// </param>
    /// <param name="baseModel">Hugging Face directory of the base model it was trained on; null: the small one of this library.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="predictedLabelsColumnName">The added column that says which labels apply.</param>
    /// <param name="scoreColumnName">The added column with the probability of each label.</param>
    /// <param name="threshold">A label is predicted where its probability is above this; at least 0 and below 1.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the base model can take.</param>
    public static DeLoRATextTransformer LoadPeftTextMultiLabelClassification(
        this ModelOperationsCatalog catalog,
        string adapterDirectory,
        IReadOnlyList<string>? labels = null,
        string? baseModel = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelsColumnName = "PredictedLabels",
        string scoreColumnName = "Score",
        float threshold = 0.5f,
        int? maxLength = null)
        => LoadPeft(catalog, adapterDirectory, baseModel, labels, maxLength,
            Labels(labels, textColumnName, secondTextColumnName, predictedLabelsColumnName, scoreColumnName, threshold));

    /// <summary>
    /// Makes a transformer of a Hugging Face directory of a RobertaForSequenceClassification, encoder and head. It predicts, evaluates and
    /// saves like one that was trained here, and can be the base of further training.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="directory">The directory with config.json, model.safetensors and the tokenizer's files.</param>
    /// <param name="labels">
    /// The classes' names in the order of the head's outputs; null: those of config.json (id2label), else LABEL_0, LABEL_1, ...
    /// </param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="predictedLabelColumnName">The added column with the predicted class.</param>
    /// <param name="scoreColumnName">The added column with the probability of each class.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the model can take.</param>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, there is no classification head, or it does not fit the labels or the task (problem_type); or two labels have one
    /// name.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The maximum length is more than the model can take, a column has no name or that of another, or the model reads pairs and no second
    /// text is named.
    /// </exception>
    /// <exception cref="NotSupportedException">Another architecture or tokenizer; the message names it.</exception>
    public static DeLoRATextTransformer LoadPretrainedTextClassification(
        this ModelOperationsCatalog catalog,
        string directory,
        IReadOnlyList<string>? labels = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelColumnName = "PredictedLabel",
        string scoreColumnName = "Score",
        int? maxLength = null)
        => LoadPretrained(catalog, directory, labels, maxLength,
            Classes(textColumnName, secondTextColumnName, predictedLabelColumnName, scoreColumnName));

    /// <summary>Makes a transformer of a regression (a head with one output) in a Hugging Face directory.</summary>
    /// <inheritdoc cref="LoadPretrainedTextClassification"/>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="directory">The directory with config.json, model.safetensors and the tokenizer's files.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="scoreColumnName">The added column with the predicted number.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the model can take.</param>
    public static DeLoRATextTransformer LoadPretrainedTextRegression(
        this ModelOperationsCatalog catalog,
        string directory,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string scoreColumnName = "Score",
        int? maxLength = null)
        => LoadPretrained(catalog, directory, labels: null, maxLength,
            Number(textColumnName, secondTextColumnName, scoreColumnName));

    /// <summary>
    /// Makes a transformer of a multi-label classifier (problem_type "multi_label_classification") in a Hugging Face directory.
    /// </summary>
    /// <inheritdoc cref="LoadPretrainedTextClassification"/>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="directory">The directory with config.json, model.safetensors and the tokenizer's files.</param>
    /// <param name="labels">
    /// The labels' names in the order of the head's outputs; null: those of config.json (id2label), else LABEL_0, LABEL_1, ...
    /// </param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="predictedLabelsColumnName">The added column that says which labels apply.</param>
    /// <param name="scoreColumnName">The added column with the probability of each label.</param>
    /// <param name="threshold">A label is predicted where its probability is above this; at least 0 and below 1.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the model can take.</param>
    public static DeLoRATextTransformer LoadPretrainedTextMultiLabelClassification(
        this ModelOperationsCatalog catalog,
        string directory,
        IReadOnlyList<string>? labels = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelsColumnName = "PredictedLabels",
        string scoreColumnName = "Score",
        float threshold = 0.5f,
        int? maxLength = null)
        => LoadPretrained(catalog, directory, labels, maxLength,
            Labels(labels, textColumnName, secondTextColumnName, predictedLabelsColumnName, scoreColumnName, threshold));

    /// <summary>
    /// As <see cref="ModelOperationsCatalog.Save(ITransformer, DataViewSchema, string)"/>, but the file is written beside the path, flushed
    /// to the disk and renamed: an earlier model is replaced only by a whole new one, and stays as it was when the disk is full or the
    /// process ends.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputSchema">The schema of its input; null: none is saved.</param>
    /// <param name="path">Where it goes.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">
    /// The path is that of a directory, its directory does not exist or takes no file, or the disk is full.
    /// </exception>
    public static void SaveWhole(this ModelOperationsCatalog catalog, ITransformer model, DataViewSchema? inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        AtomicFile.Write(path, stream => catalog.Save(model, inputSchema, stream));
    }

    /// <summary>
    /// As <see cref="ModelOperationsCatalog.Load(string, out DataViewSchema)"/>, for any file that ML.NET saved, but without the
    /// <see cref="TargetInvocationException"/> ("Exception has been thrown by the target of an invocation") in which ML.NET wraps what a
    /// transformer throws while it is loaded: its cause arrives, with its own stack trace.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="path">The file.</param>
    /// <param name="inputSchema">The schema of the model's input; null: none was saved.</param>
    /// <returns>The model.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="FormatException">It is no zip file, so no model at all.</exception>
    /// <exception cref="InvalidDataException">
    /// The text model in it is damaged, of a newer version, or has an adapter method that is not registered.
    /// </exception>
    /// <exception cref="NativeLibraryException">libtorch cannot be loaded.</exception>
    public static ITransformer LoadWhole(this ModelOperationsCatalog catalog, string path, out DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return catalog.Load(path, out inputSchema);
        }
        catch (TargetInvocationException e)
        {
            // A chain's members are loaded by reflection within a chain that is.
            ExceptionDispatchInfo.Throw(Cause.Of(e));
            throw;
        }
    }

    private static DeLoRATextClassificationOptions Classes(string text, string? secondText, string predictedLabel, string score)
        => new()
        {
            TextColumnName = text, SecondTextColumnName = secondText, PredictedLabelColumnName = predictedLabel, ScoreColumnName = score,
        };

    private static DeLoRATextRegressionOptions Number(string text, string? secondText, string score)
        => new() { TextColumnName = text, SecondTextColumnName = secondText, ScoreColumnName = score };

    private static DeLoRATextMultiLabelClassificationOptions Labels(
        IReadOnlyList<string>? names, string text, string? secondText, string predictedLabels, string score, float threshold) => new()
        {
            LabelNames = names, TextColumnName = text, SecondTextColumnName = secondText,
            PredictedLabelsColumnName = predictedLabels, ScoreColumnName = score, Threshold = threshold,
        };

    private static DeLoRATextTransformer LoadPeft(
        ModelOperationsCatalog catalog, string directory, string? baseModel, IReadOnlyList<string>? labels, int? maxLength,
        DeLoRATextOptions options)
        => Load(catalog, options, device => TextModel.LoadPeft(
            directory, baseModel, labels, options.SecondTextColumnName is null ? null : true, maxLength, device, options.Kind));

    private static DeLoRATextTransformer LoadPretrained(
        ModelOperationsCatalog catalog, string directory, IReadOnlyList<string>? labels, int? maxLength, DeLoRATextOptions options)
        => Load(catalog, options, device => TextModel.LoadPretrained(
            directory, labels, options.SecondTextColumnName is not null, maxLength, device, options.Kind));

    // Onto the catalog's device, with the model's warnings in its log.
    private static DeLoRATextTransformer Load(ModelOperationsCatalog catalog, DeLoRATextOptions options, Func<Device, TextModel> load)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        options.Validate();
        IHostEnvironment environment = catalog.Environment();
        using IChannel channel = environment.Start("Loading");
        TextModel model = load(environment.Device(channel));
        foreach (string warning in model.Warnings)
            channel.Warning(MessageSensitivity.None, warning);
        try
        {
            if (model.Description.TakesPairs && options.SecondTextColumnName is null)
                throw new ArgumentException(
                    "The model reads pairs of texts; name the column with the second text.", "secondTextColumnName");
            return DeLoRATextTransformer.Of(environment, model, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
