namespace Microsoft.ML.DeLoRA;

/// <summary>
/// How to fine-tune a model that gives each text, or pair of texts, a number. The loss is the mean squared error on the labels as they are,
/// as in Hugging Face's RobertaForSequenceClassification with one label.
/// </summary>
/// <remarks>Immutable, apart from what the objects in it allow; it may be shared between estimators.</remarks>
public sealed record DeLoRATextRegressionOptions : DeLoRATextOptions;
