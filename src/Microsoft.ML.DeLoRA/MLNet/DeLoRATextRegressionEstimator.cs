using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// Fine-tunes a RoBERTa with an adapter to give texts a number. Reads a text column (or two) and a Single label; its transformer
/// adds the predicted number.
/// </summary>
/// <remarks>Made by <c>mlContext.Transforms.DeLoRATextRegression</c>.</remarks>
public sealed class DeLoRATextRegressionEstimator : DeLoRATextEstimator<DeLoRATextRegressionOptions, DeLoRATextRegressionTransformer>
{
    /// <summary>Prepares training.</summary>
    /// <param name="environment">The MLContext, or the environment behind one of its catalogs.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public DeLoRATextRegressionEstimator(IHostEnvironment environment, DeLoRATextRegressionOptions options)
        : base(environment, options)
    {
    }

    private protected override TrainingLabels CreateLabels(IDataView rows) => new NumberLabels(rows.Schema, Options.LabelColumnName);

    private protected override DeLoRATextRegressionTransformer CreateTransformer(
        IHostEnvironment environment, TextModel model, TrainingLabels labels, TrainingResult result)
        => new(environment, model, TextColumns.Of(Options, labels.Values), result);

    private protected override SchemaShape AddColumns(SchemaShape input)
    {
        ColumnChecks.Number(input, Options.LabelColumnName);
        return RegressionColumns.AddTo(input, Options.ScoreColumnName);
    }
}
