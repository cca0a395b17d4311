using Microsoft.ML.DeLoRA;
using Microsoft.ML.DeLoRA.MLNet;

namespace Microsoft.ML;

/// <summary>Puts DeLoRA fine-tuning into the catalogs of an <see cref="MLContext"/>.</summary>
public static class DeLoRACatalog
{
    /// <summary>Fine-tunes a RoBERTa text classifier with DeLoRA (Bini, Girrbach, Akata, ICLR 2025).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the classes: a key, as MapValueToKey makes it.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="predictedLabelColumnName">The added column with the predicted class.</param>
    /// <param name="scoreColumnName">The added column with the probability of each class.</param>
    /// <param name="validationSet">Evaluated after each epoch to choose the best one; null: the last epoch is taken.</param>
    /// <param name="baseModel">A Hugging Face directory with a RoBERTa model; null: the small one that is part of this library.</param>
    /// <param name="epochs">Passes over the training rows; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <param name="batchSize">Rows of one training step; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <param name="learningRate">Peak learning rate; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static DeLoRATextEstimator DeLoRATextClassification(
        this TransformsCatalog catalog,
        string labelColumnName = "Label",
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelColumnName = "PredictedLabel",
        string scoreColumnName = "Score",
        IDataView? validationSet = null,
        string? baseModel = null,
        int? epochs = null,
        int? batchSize = null,
        double? learningRate = null)
        => catalog.DeLoRATextClassification(Options(
            labelColumnName, textColumnName, secondTextColumnName, predictedLabelColumnName, scoreColumnName,
            validationSet, baseModel, epochs, batchSize, learningRate));

    /// <summary>Fine-tunes a RoBERTa text classifier, with all options.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static DeLoRATextEstimator DeLoRATextClassification(this TransformsCatalog catalog, DeLoRATextClassificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new DeLoRATextEstimator(catalog.Environment(), options);
    }

    /// <inheritdoc cref="DeLoRATextClassification(TransformsCatalog, string, string, string, string, string, IDataView, string, int?, int?,
    /// double?)"/>
    public static DeLoRATextEstimator DeLoRATextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string predictedLabelColumnName = "PredictedLabel",
        string scoreColumnName = "Score",
        IDataView? validationSet = null,
        string? baseModel = null,
        int? epochs = null,
        int? batchSize = null,
        double? learningRate = null)
        => catalog.DeLoRATextClassification(Options(
            labelColumnName, textColumnName, secondTextColumnName, predictedLabelColumnName, scoreColumnName,
            validationSet, baseModel, epochs, batchSize, learningRate));

    /// <inheritdoc cref="DeLoRATextClassification(TransformsCatalog, DeLoRATextClassificationOptions)"/>
    public static DeLoRATextEstimator DeLoRATextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, DeLoRATextClassificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new DeLoRATextEstimator(catalog.Environment(), options);
    }

    private static DeLoRATextClassificationOptions Options(
        string label, string text, string? secondText, string predictedLabel, string score,
        IDataView? validationSet, string? baseModel, int? epochs, int? batchSize, double? learningRate) => new()
        {
            LabelColumnName = label,
            TextColumnName = text,
            SecondTextColumnName = secondText,
            PredictedLabelColumnName = predictedLabel,
            ScoreColumnName = score,
            ValidationSet = validationSet,
            BaseModel = baseModel,
            Training = Training(epochs, batchSize, learningRate),
        };

    /// <summary>Fine-tunes a RoBERTa with DeLoRA (Bini, Girrbach, Akata, ICLR 2025) to give texts, or pairs of texts, a number.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column with the numbers: Single; NaN is a missing one.</param>
    /// <param name="textColumnName">The column with the text.</param>
    /// <param name="secondTextColumnName">The column with the second text of each row, for pairs; null: single texts.</param>
    /// <param name="scoreColumnName">The added column with the predicted number.</param>
    /// <param name="validationSet">
    /// Evaluated after each epoch to choose the one of least mean squared error; null: the last one is taken.
    /// </param>
    /// <param name="baseModel">A Hugging Face directory with a RoBERTa model; null: the small one that is part of this library.</param>
    /// <param name="epochs">Passes over the training rows; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <param name="batchSize">Rows of one training step; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <param name="learningRate">Peak learning rate; null: the default of <see cref="TrainingOptions"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public static DeLoRATextEstimator DeLoRATextRegression(
        this TransformsCatalog catalog,
        string labelColumnName = "Label",
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string scoreColumnName = "Score",
        IDataView? validationSet = null,
        string? baseModel = null,
        int? epochs = null,
        int? batchSize = null,
        double? learningRate = null)
        => catalog.DeLoRATextRegression(Options(
            labelColumnName, textColumnName, secondTextColumnName, scoreColumnName,
            validationSet, baseModel, epochs, batchSize, learningRate));

    /// <summary>Fine-tunes a RoBERTa to give texts a number, with all options.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static DeLoRATextEstimator DeLoRATextRegression(this TransformsCatalog catalog, DeLoRATextRegressionOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new DeLoRATextEstimator(catalog.Environment(), options);
    }

    /// <inheritdoc cref="DeLoRATextRegression(TransformsCatalog, string, string, string, string, IDataView, string, int?, int?, double?)"/>
    public static DeLoRATextEstimator DeLoRATextRegression(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = "Label",
        string textColumnName = "Text",
        string? secondTextColumnName = null,
        string scoreColumnName = "Score",
        IDataView? validationSet = null,
        string? baseModel = null,
        int? epochs = null,
        int? batchSize = null,
        double? learningRate = null)
        => catalog.DeLoRATextRegression(Options(
            labelColumnName, textColumnName, secondTextColumnName, scoreColumnName,
            validationSet, baseModel, epochs, batchSize, learningRate));

    /// <inheritdoc cref="DeLoRATextRegression(TransformsCatalog, DeLoRATextRegressionOptions)"/>
    public static DeLoRATextEstimator DeLoRATextRegression(
        this RegressionCatalog.RegressionTrainers catalog, DeLoRATextRegressionOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new DeLoRATextEstimator(catalog.Environment(), options);
    }

    private static DeLoRATextRegressionOptions Options(
        string label, string text, string? secondText, string score,
        IDataView? validationSet, string? baseModel, int? epochs, int? batchSize, double? learningRate) => new()
        {
            LabelColumnName = label,
            TextColumnName = text,
            SecondTextColumnName = secondText,
            ScoreColumnName = score,
            ValidationSet = validationSet,
            BaseModel = baseModel,
            Training = Training(epochs, batchSize, learningRate),
        };

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
    public static DeLoRATextEstimator DeLoRATextMultiLabelClassification(
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
    public static DeLoRATextEstimator DeLoRATextMultiLabelClassification(
        this TransformsCatalog catalog, DeLoRATextMultiLabelClassificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new DeLoRATextEstimator(catalog.Environment(), options);
    }

    private static TrainingOptions Training(int? epochs, int? batchSize, double? learningRate)
    {
        var defaults = new TrainingOptions();
        return defaults with
        {
            Epochs = epochs ?? defaults.Epochs,
            BatchSize = batchSize ?? defaults.BatchSize,
            LearningRate = learningRate ?? defaults.LearningRate,
        };
    }
}
