using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Serving;
using static TorchSharp.torch;

namespace Microsoft.ML;

/// <summary>Brings adapters that Python trained into ML.NET.</summary>
public static class PeftCatalog
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
    /// <param name="baseModel">A Hugging Face directory with the base model that it was trained on; null: the small one of this library.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="predictedLabelColumnName">The added column with the predicted class.</param>
    /// <param name="scoreColumnName">The added column with the probability of each class.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the base model can take.</param>
    /// <returns>
    /// The transformer. What of the files was left out or has no effect is logged as warnings (<c>mlContext.Log</c>), and in its
    /// <c>Model.Warnings</c>.
    /// </returns>
    /// <exception cref="IOException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, has no classification head, or does not fit the base model or the labels.</exception>
    /// <exception cref="NotSupportedException">A method or a setting that is not supported; the message names it.</exception>
    public static DeLoRATextClassificationTransformer LoadPeftTextClassification(
        this ModelOperationsCatalog catalog,
        string adapterDirectory,
        IReadOnlyList<string>? labels = null,
        string? baseModel = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelColumnName = "PredictedLabel",
        string scoreColumnName = "Score",
        int? maxLength = null)
        => TextTransformers.Load(catalog, secondTextColumnName,
            device => Load(adapterDirectory, labels, baseModel, secondTextColumnName, maxLength, TextModelKind.Classification, device),
            (environment, model) => TextTransformers.Classification(
                environment, model, textColumnName, secondTextColumnName, predictedLabelColumnName, scoreColumnName));

    /// <summary>Makes a transformer of a regression (a head with one output) that Python's PEFT fine-tuned.</summary>
    /// <inheritdoc cref="LoadPeftTextClassification"/>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="adapterDirectory">The directory with adapter_config.json and adapter_model.safetensors, head included.</param>
    /// <param name="baseModel">A Hugging Face directory with the base model that it was trained on; null: the small one of this library.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="scoreColumnName">The added column with the predicted number.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the base model can take.</param>
    public static DeLoRATextRegressionTransformer LoadPeftTextRegression(
        this ModelOperationsCatalog catalog,
        string adapterDirectory,
        string? baseModel = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string scoreColumnName = "Score",
        int? maxLength = null)
        => TextTransformers.Load(catalog, secondTextColumnName,
            device => Load(adapterDirectory, labels: null, baseModel, secondTextColumnName, maxLength, TextModelKind.Regression, device),
            (environment, model) => TextTransformers.Regression(environment, model, textColumnName, secondTextColumnName, scoreColumnName));

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
    /// <param name="baseModel">
    /// A Hugging Face directory with the base model that it was trained on; null: the small one of this library.
    /// </param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="predictedLabelsColumnName">The added column that says which labels apply.</param>
    /// <param name="scoreColumnName">The added column with the probability of each label.</param>
    /// <param name="threshold">A label is predicted where its probability is above this; at least 0 and below 1.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the base model can take.</param>
    public static DeLoRATextMultiLabelClassificationTransformer LoadPeftTextMultiLabelClassification(
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
    {
        TextTransformers.CheckMultiLabel(labels, predictedLabelsColumnName, scoreColumnName, threshold);
        return TextTransformers.Load(catalog, secondTextColumnName,
            device => Load(adapterDirectory, labels, baseModel, secondTextColumnName, maxLength, TextModelKind.MultiLabelClassification, device),
            (environment, model) => TextTransformers.MultiLabelClassification(
                environment, model, textColumnName, secondTextColumnName, predictedLabelsColumnName, scoreColumnName, threshold));
    }

    private static TextModel Load(string adapterDirectory, IReadOnlyList<string>? labels, string? baseModel, string? secondTextColumnName,
        int? maxLength, TextModelKind kind, Device device)
        => TextModel.LoadPeft(adapterDirectory, baseModel, labels, secondTextColumnName is null ? null : true, maxLength, device, kind);
}
