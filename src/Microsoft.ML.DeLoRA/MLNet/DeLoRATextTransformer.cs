using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Persistence;
using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>
/// A fine-tuned text model as an ML.NET transformer: it adds what the model says about each row's text, or pair of texts.
/// </summary>
/// <remarks>
/// In classification that is the predicted label, a key with the label column's key values, and the scores, a probability for each class.
/// In regression the score, the predicted number. In multi-label classification which labels apply, a vector of Boolean, and the scores, a
/// probability for each label; both have the labels' names as slot names. <see cref="TextModelDescription.Kind"/> of <see cref="Model"/>
/// says which it is.
/// <para>
/// Thread-safe. Views are lazy: rows are scored in batches when a cursor asks for one of the added columns. Disposing it frees the
/// model, also for the views made from it; a PredictionEngine does that unless its OwnsTransformer option is false.
/// </para>
/// </remarks>
public sealed class DeLoRATextTransformer : ITransformer, IDisposable
{
    private readonly TextScorer _scorer;

    /// <param name="environment">The environment to log to.</param>
    /// <param name="model">The model; taken over.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="training">How training went; null when it was loaded.</param>
    /// <exception cref="InvalidDataException">Columns and model do not fit; only a damaged file has such.</exception>
    internal DeLoRATextTransformer(IHostEnvironment environment, TextModel model, TextColumns columns, TrainingResult? training)
    {
        IHost host = environment.Register(nameof(DeLoRATextTransformer));
        _scorer = new TextScorer(host, model, columns, TextTask.Of(columns, model.Description));
        Training = training;
    }

    /// <summary>A transformer of a model that was trained elsewhere.</summary>
    /// <param name="environment">The environment to log to.</param>
    /// <param name="model">The model; taken over.</param>
    /// <param name="options">Options of the model's task; the columns are named by them.</param>
    internal static DeLoRATextTransformer Of(IHostEnvironment environment, TextModel model, DeLoRATextOptions options)
        => new(environment, model, options.Columns(LabelValues.OfTexts(model.Description.Labels)), training: null);

    /// <summary>
    /// The model alone, for use without ML.NET. Its <see cref="TextModel.Precision"/> is that in which this transformer predicts, too.
    /// </summary>
    public TextModel Model => _scorer.Model;

    /// <summary>How training went; null after loading.</summary>
    public TrainingResult? Training { get; }

    /// <summary>True: each row is scored by itself.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The schema with the added columns.</summary>
    /// <exception cref="ArgumentException">A text column is missing or of the wrong type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoredSchema(_scorer, inputSchema).Output;
    }

    /// <summary>A view of the data with the added columns; nothing is computed yet.</summary>
    /// <exception cref="ArgumentException">A text column is missing or of the wrong type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredDataView(_scorer, input);
    }

    /// <summary>Scores single rows.</summary>
    /// <exception cref="ArgumentException">A text column is missing or of the wrong type.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new ScoringRowMapper(_scorer, inputSchema);
    }

    /// <summary>What the model does, and how training went.</summary>
    public override string ToString()
        => $"{nameof(DeLoRATextTransformer)}: {_scorer.Task}, at most {Model.Description.MaxLength} tokens"
            + (Training is null ? "" : Environment.NewLine + Training);

    /// <summary>Frees the model, once every prediction and saving that runs has ended; see <see cref="TextModel.Dispose"/>.</summary>
    public void Dispose() => Model.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        using UseGate.Use use = Model.Use();
        ModelStreams.Save(ctx, TransformerFile.Streams(Model, _scorer.Columns));
    }
}
