using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Serving;
using static TorchSharp.torch;

namespace Microsoft.ML;

/// <summary>Brings models that Python trained as a whole (Hugging Face's RobertaForSequenceClassification) into ML.NET.</summary>
public static class PretrainedCatalog
{
    /// <summary>
    /// Makes a transformer of a Hugging Face directory of a RobertaForSequenceClassification, encoder and head. It predicts, evaluates and saves
    /// like one that was trained here, and can be the base of further training.
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
    /// A file is damaged, there is no classification head, or it does not fit the labels or the task (problem_type); or two labels have one name.
    /// </exception>
    /// <exception cref="ArgumentException">The maximum length is more than the model can take.</exception>
    /// <exception cref="NotSupportedException">Another architecture or tokenizer; the message names it.</exception>
    public static DeLoRATextClassificationTransformer LoadPretrainedTextClassification(
        this ModelOperationsCatalog catalog,
        string directory,
        IReadOnlyList<string>? labels = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelColumnName = "PredictedLabel",
        string scoreColumnName = "Score",
        int? maxLength = null)
        => TextTransformers.Load(catalog, secondTextColumnName,
            device => Load(directory, labels, secondTextColumnName, maxLength, TextModelKind.Classification, device),
            (environment, model) => TextTransformers.Classification(
                environment, model, textColumnName, secondTextColumnName, predictedLabelColumnName, scoreColumnName));

    /// <summary>Makes a transformer of a regression (a head with one output) in a Hugging Face directory.</summary>
    /// <inheritdoc cref="LoadPretrainedTextClassification"/>
    /// <param name="catalog">The catalog, <c>mlContext.Model</c>.</param>
    /// <param name="directory">The directory with config.json, model.safetensors and the tokenizer's files.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="scoreColumnName">The added column with the predicted number.</param>
    /// <param name="maxLength">The most tokens of a text or pair; null: what the model can take.</param>
    public static DeLoRATextRegressionTransformer LoadPretrainedTextRegression(
        this ModelOperationsCatalog catalog,
        string directory,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string scoreColumnName = "Score",
        int? maxLength = null)
        => TextTransformers.Load(catalog, secondTextColumnName,
            device => Load(directory, labels: null, secondTextColumnName, maxLength, TextModelKind.Regression, device),
            (environment, model) => TextTransformers.Regression(environment, model, textColumnName, secondTextColumnName, scoreColumnName));

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
    public static DeLoRATextMultiLabelClassificationTransformer LoadPretrainedTextMultiLabelClassification(
        this ModelOperationsCatalog catalog,
        string directory,
        IReadOnlyList<string>? labels = null,
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelsColumnName = "PredictedLabels",
        string scoreColumnName = "Score",
        float threshold = 0.5f,
        int? maxLength = null)
    {
        TextTransformers.CheckMultiLabel(labels, predictedLabelsColumnName, scoreColumnName, threshold);
        return TextTransformers.Load(catalog, secondTextColumnName,
            device => Load(directory, labels, secondTextColumnName, maxLength, TextModelKind.MultiLabelClassification, device),
            (environment, model) => TextTransformers.MultiLabelClassification(
                environment, model, textColumnName, secondTextColumnName, predictedLabelsColumnName, scoreColumnName, threshold));
    }

    private static TextModel Load(
        string directory, IReadOnlyList<string>? labels, string? secondTextColumnName, int? maxLength, TextModelKind kind, Device device)
        => TextModel.LoadPretrained(directory, labels, secondTextColumnName is not null, maxLength, device, kind);
}
