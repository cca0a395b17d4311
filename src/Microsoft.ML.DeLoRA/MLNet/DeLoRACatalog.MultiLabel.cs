using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML;

public static partial class DeLoRACatalog
{
    /// <summary>
    /// Fine-tunes a RoBERTa with DeLoRA (Bini, Girrbach, Akata, ICLR 2025) to say which of some labels apply to texts, or pairs of
    /// texts: none, one or several.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the labels: a vector of Boolean of known size, one slot for each label.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="predictedLabelsColumnName">The added column that says which labels apply: a vector of Boolean.</param>
    /// <param name="scoreColumnName">The added column with the probability of each label.</param>
    /// <param name="validationSet">Evaluated after each epoch to choose the one of highest micro F1; null: the last epoch is taken.</param>
    /// <param name="baseModel">A Hugging Face directory with a RoBERTa model; null: the small one that is part of this library.</param>
    /// <param name="epochs">Passes over the training rows; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <param name="batchSize">Rows of one training step; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <param name="learningRate">Peak learning rate; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static DeLoRATextMultiLabelClassificationEstimator DeLoRATextMultiLabelClassification(
        this TransformsCatalog catalog,
        string labelColumnName = "Labels",
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelsColumnName = "PredictedLabels",
        string scoreColumnName = "Score",
        IDataView? validationSet = null,
        string? baseModel = null,
        int? epochs = null,
        int? batchSize = null,
        double? learningRate = null)
        => catalog.DeLoRATextMultiLabelClassification(new DeLoRATextMultiLabelClassificationOptions
        {
            LabelColumnName = labelColumnName,
            TextColumnName = textColumnName,
            SecondTextColumnName = secondTextColumnName,
            PredictedLabelsColumnName = predictedLabelsColumnName,
            ScoreColumnName = scoreColumnName,
            ValidationSet = validationSet,
            BaseModel = baseModel,
            Training = Training(epochs, batchSize, learningRate),
        });

    /// <summary>Fine-tunes a RoBERTa to say which of some labels apply to texts, with all options.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static DeLoRATextMultiLabelClassificationEstimator DeLoRATextMultiLabelClassification(
        this TransformsCatalog catalog, DeLoRATextMultiLabelClassificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new DeLoRATextMultiLabelClassificationEstimator(catalog.Environment(), options);
    }
}
