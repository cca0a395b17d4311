using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Native;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>Fine-tunes a RoBERTa with an adapter on a text column (or two) and a label column.</summary>
/// <typeparam name="TOptions">The options of the task.</typeparam>
/// <typeparam name="TTransformer">What comes out.</typeparam>
/// <remarks><see cref="Fit"/> reads the data once and may be called several times.</remarks>
public abstract class DeLoRATextEstimator<TOptions, TTransformer> : IEstimator<TTransformer>
    where TOptions : DeLoRATextOptions
    where TTransformer : DeLoRATextTransformer
{
    private readonly IHostEnvironment _environment;
    private readonly IHost _host;

    private protected DeLoRATextEstimator(IHostEnvironment environment, TOptions options)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        // Here and not in Fit: nobody loads a million rows to hear that a package is missing.
        NativeLibraries.Require();
        _environment = environment;
        _host = environment.Register(GetType().Name);
        // Drawn here and not in Fit, so that fits in any order, as in cross-validation, give the same models.
        Options = options with { Seed = options.Seed ?? _host.Rand.Next() };
    }

    private protected TOptions Options { get; }

    /// <summary>Trains.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or an option does not fit the base model.</exception>
    /// <exception cref="InvalidOperationException">
    /// The rows have no label, an infinite one, one class only, or no text; or there is no such GPU.
    /// </exception>
    /// <exception cref="IOException">The base model's directory or a file of it is missing.</exception>
    /// <exception cref="InvalidDataException">The base model is damaged.</exception>
    /// <exception cref="TrainingDivergedException">A loss, a gradient, a parameter or an output became infinite or NaN.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using IChannel channel = _host.Start("Training");
        TrainingLabels labels = CreateLabels(input);
        var fineTuning = new FineTuning(Options, labels, channel, ComputeDevice.Choose(_environment, channel));
        (TextModel model, TrainingResult result) = fineTuning.Run(input);
        return CreateTransformer(_environment, model, labels, result);
    }

    /// <summary>The schema with the added columns.</summary>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ColumnChecks.Text(inputSchema, Options.TextColumnName);
        if (Options.SecondTextColumnName is { } second)
            ColumnChecks.Text(inputSchema, second);
        return AddColumns(inputSchema);
    }

    /// <summary>The task's view of the training rows' label column.</summary>
    private protected abstract TrainingLabels CreateLabels(IDataView rows);

    private protected abstract TTransformer CreateTransformer(
        IHostEnvironment environment, TextModel model, TrainingLabels labels, TrainingResult result);

    /// <summary>Checks the label column of a shape and adds the scorer's columns.</summary>
    private protected abstract SchemaShape AddColumns(SchemaShape input);
}
