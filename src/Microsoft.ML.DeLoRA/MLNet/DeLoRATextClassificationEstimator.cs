using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Fine-tunes a RoBERTa text classifier with an adapter. Reads a text column (or two) and a key label; its transformer adds the
/// predicted label and a probability for each class.
/// </summary>
/// <remarks>Made by <c>mlContext.Transforms.DeLoRATextClassification</c>.</remarks>
public sealed class DeLoRATextClassificationEstimator : DeLoRATextEstimator<DeLoRATextClassificationOptions, DeLoRATextClassificationTransformer>
{
    /// <summary>Prepares training.</summary>
    /// <param name="environment">The MLContext, or the environment behind one of its catalogs.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public DeLoRATextClassificationEstimator(IHostEnvironment environment, DeLoRATextClassificationOptions options)
        : base(environment, options)
    {
    }

    private protected override TrainingLabels CreateLabels(IDataView rows) => ClassLabels.OfTraining(rows, Options.LabelColumnName);

    private protected override DeLoRATextClassificationTransformer CreateTransformer(
        IHostEnvironment environment, TextModel model, TrainingLabels labels, TrainingResult result)
        => new(environment, model, TextColumns.Of(Options, labels.Values) with { PredictedLabel = Options.PredictedLabelColumnName }, result);

    private protected override SchemaShape AddColumns(SchemaShape input)
    {
        SchemaShape.Column label = ColumnChecks.Classes(input, Options.LabelColumnName);
        return ClassificationColumns.AddTo(input, Options.PredictedLabelColumnName, Options.ScoreColumnName, label);
    }
}
