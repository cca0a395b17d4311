using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// Fine-tunes a RoBERTa text classifier with an adapter. Reads a text column (or two) and a key label; its transformer adds the
/// predicted label and a probability for each class.
/// </summary>
/// <remarks>
/// Made by <c>mlContext.Transforms.DeLoRATextClassification</c>. <see cref="Fit"/> reads the data once and may be called several times.
/// </remarks>
public sealed class DeLoRATextClassificationEstimator : IEstimator<DeLoRATextClassificationTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;
    private readonly DeLoRATextClassificationOptions _options;

    /// <summary>Prepares training.</summary>
    /// <param name="environment">The MLContext, or the environment behind one of its catalogs.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public DeLoRATextClassificationEstimator(IHostEnvironment environment, DeLoRATextClassificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _environment = environment;
        _host = environment.Register(nameof(DeLoRATextClassificationEstimator));
        // Drawn here and not in Fit, so that fits in any order, as in cross-validation, give the same models.
        _options = options with { Seed = options.Seed ?? _host.Rand.Next() };
    }

    /// <summary>Trains.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or an option does not fit the base model.</exception>
    /// <exception cref="InvalidOperationException">The rows have no label, one class only, or no text; or there is no such GPU.</exception>
    /// <exception cref="IOException">The base model's directory or a file of it is missing.</exception>
    /// <exception cref="InvalidDataException">The base model is damaged.</exception>
    /// <exception cref="Training.TrainingDivergedException">The loss became infinite or NaN.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public DeLoRATextClassificationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training");
        var fineTuning = new ClassificationFineTuning(_options, channel, ComputeDevice.Choose(_environment, channel));
        return fineTuning.Run(_environment, input);
    }

    /// <summary>The schema with the added columns.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ColumnChecks.Text(inputSchema, _options.TextColumnName);
        if (_options.SecondTextColumnName is { } second)
            ColumnChecks.Text(inputSchema, second);
        SchemaShape.Column label = ColumnChecks.Classes(inputSchema, _options.LabelColumnName);
        return ClassificationColumns.AddTo(inputSchema, _options.PredictedLabelColumnName, _options.ScoreColumnName, label);
    }
}
