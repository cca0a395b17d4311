using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Fine-tunes a RoBERTa with an adapter to say which of some labels apply to a text. Reads a text column (or two) and a label column
/// that is a vector of Boolean of known size; its transformer adds the predicted labels and a probability for each.
/// </summary>
/// <remarks>Made by <c>mlContext.Transforms.DeLoRATextMultiLabelClassification</c>.</remarks>
public sealed class DeLoRATextMultiLabelClassificationEstimator
    : DeLoRATextEstimator<DeLoRATextMultiLabelClassificationOptions, DeLoRATextMultiLabelClassificationTransformer>
{
    /// <summary>Prepares training.</summary>
    /// <param name="environment">The MLContext, or the environment behind one of its catalogs.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public DeLoRATextMultiLabelClassificationEstimator(IHostEnvironment environment, DeLoRATextMultiLabelClassificationOptions options)
        : base(environment, options)
    {
    }

    private protected override TrainingLabels CreateLabels(IDataView rows)
        => new FlagLabels(rows.Schema, Options.LabelColumnName, Options.LabelNames);

    // The names are in the model's own description.
    private protected override DeLoRATextMultiLabelClassificationTransformer CreateTransformer(
        IHostEnvironment environment, TextModel model, TrainingLabels labels, TrainingResult result)
        => new(environment, model, TextColumns.Of(Options, labels: null) with
        {
            PredictedLabel = Options.PredictedLabelsColumnName,
            Threshold = Options.Threshold,
        }, result);

    private protected override SchemaShape AddColumns(SchemaShape input)
    {
        ColumnChecks.Flags(input, Options.LabelColumnName);
        return MultiLabelColumns.AddTo(input, Options.PredictedLabelsColumnName, Options.ScoreColumnName);
    }
}
