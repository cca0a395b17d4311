using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.MLNet;
using Microsoft.ML.DeLoRA.Persistence;
using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA;

/// <summary>A fine-tuned text model as an ML.NET transformer: it adds what the model says about each row's text, or pair of texts.</summary>
/// <remarks>
/// Thread-safe. Views are lazy: rows are scored in batches when a cursor asks for one of the added columns. Disposing it frees the
/// model, also for the views made from it; a PredictionEngine does that unless its OwnsTransformer option is false.
/// </remarks>
public abstract class DeLoRATextTransformer : ITransformer, IDisposable
{
    private readonly TextColumns _columns;
    private readonly TextScorer _scorer;

    /// <param name="environment">The environment to log to.</param>
    /// <param name="model">The model; taken over.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="training">How training went; null when it was loaded.</param>
    /// <exception cref="InvalidDataException">Columns and model do not fit; only a damaged file has such.</exception>
    private protected DeLoRATextTransformer(IHostEnvironment environment, TextModel model, TextColumns columns, TrainingResult? training)
    {
        IHost host = environment.Register(GetType().Name);
        _columns = columns;
        _scorer = new TextScorer(host, model, columns.Text, columns.SecondText, columns.Added(model.Description));
        Training = training;
    }

    /// <summary>The model alone, for use without ML.NET.</summary>
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
    {
        TextModelDescription model = Model.Description;
        string what = model.Kind == TextModelKind.Regression ? "regression" : $"{model.OutputCount} {(model.Kind == TextModelKind.MultiLabelClassification ? "labels" : "classes")}";
        return $"{GetType().Name}: {what}, at most {model.MaxLength} tokens{(Training is null ? "" : Environment.NewLine + Training)}";
    }

    /// <summary>Frees the model, once every prediction and saving that runs has ended; see <see cref="TextModel.Dispose"/>.</summary>
    public void Dispose() => Model.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        using UseGate.Use use = Model.Use();
        ModelStreams.Save(ctx, TransformerFile.Streams(Model, _columns));
    }
}
