using Microsoft.ML.Data;
using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// A task as ML.NET sees it: which label columns fit and what a row's label says, what training learns from it, and the columns that a
/// model adds. One subclass for each; made of the training rows' label column, or of a saved model.
/// </summary>
/// <remarks>Immutable. What must be known before there is data (the shapes of columns) is static in the subclasses.</remarks>
internal abstract class TextTask
{
    /// <summary>Which kind of model it is.</summary>
    public abstract TextModelKind Kind { get; }

    /// <summary>The same for metrics.</summary>
    public abstract MetricTask Metrics { get; }

    /// <summary>Chooses the best epoch unless the options name another metric.</summary>
    public abstract IMetric Metric { get; }

    /// <summary>Outputs of the model's head.</summary>
    public abstract int OutputCount { get; }

    /// <summary>The values behind the keys, or the labels' names; null when there are none.</summary>
    public virtual LabelValues? Values => null;

    /// <summary>What to check when every row's label is missing; empty where none can be.</summary>
    public virtual string MissingLabelAdvice => "";

    /// <summary>The task of a saved model.</summary>
    /// <exception cref="InvalidDataException">Columns and model do not fit; only a damaged file has such.</exception>
    public static TextTask Of(TextColumns columns, TextModelDescription model)
    {
        RequireSound(columns is { Text.Length: > 0, Score.Length: > 0 } && columns.SecondText is not "", "a column has no name");
        RequireSound(model.Kind == TextModelKind.MultiLabelClassification || columns.Threshold is null,
            "it has a threshold, but no labels that it is for");
        return model.Kind switch
        {
            TextModelKind.Regression => RegressionTask.OfSaved(columns),
            TextModelKind.MultiLabelClassification => MultiLabelTask.OfSaved(columns, model),
            _ => ClassificationTask.OfSaved(columns, model.OutputCount),
        };
    }

    /// <summary>The label column of a table, checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public abstract DataViewSchema.Column Label(DataViewSchema schema, string name);

    /// <summary>Checks that a validation set's label column says the same as that of the training rows.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public virtual void CheckValidation(DataViewSchema.Column training, DataViewSchema.Column validation)
    {
    }

    /// <summary>
    /// Reads the label of the current row: adds its targets (a class index, from 0; a number; or 0 or 1 for each label) to the list;
    /// false when it is missing.
    /// </summary>
    /// <param name="row">The row; the column is active.</param>
    /// <param name="label">Its label column.</param>
    /// <param name="purpose">What the rows are for, in messages: training or validation.</param>
    public abstract Func<List<float>, bool> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose);

    /// <summary>Texts with the targets of their rows, as training takes them; its loss goes with them.</summary>
    public abstract TrainingData CreateData(TokenizedDataset texts, IReadOnlyList<float> targets);

    /// <summary>Says what is wrong with the labels of the training rows as a whole, such as that all are the same.</summary>
    /// <exception cref="InvalidOperationException">They cannot be learned.</exception>
    public abstract void CheckTraining(LabelledTexts rows, IChannel channel);

    /// <summary>The input's columns, in their places, and the model's behind them.</summary>
    public abstract DataViewSchema AddTo(DataViewSchema input, TextColumns columns);

    /// <summary>The getter of a column that the model adds.</summary>
    /// <param name="column">Its number among the added ones.</param>
    /// <param name="columns">The transformer's columns.</param>
    /// <param name="scores">The scores of the current row.</param>
    public abstract Delegate CreateGetter(int column, TextColumns columns, Func<ReadOnlyMemory<float>> scores);

    /// <summary>What is said of rows of which none has a label, or that are none.</summary>
    /// <param name="column">The label column's name.</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="purpose">What they are for: training or validation.</param>
    /// <param name="advice">What to check.</param>
    public static InvalidOperationException NoneLabelled(string column, int rows, string purpose, string advice) => new(rows == 0
        ? $"The {purpose} data has no rows."
        : $"None of the {rows:N0} {purpose} rows has a label in column '{column}': all are missing. {advice}");

    /// <summary>Its name or its outputs, for messages.</summary>
    public abstract override string ToString();

    /// <summary>Throws when a saved model is not what a task makes.</summary>
    protected static void RequireSound([System.Diagnostics.CodeAnalysis.DoesNotReturnIf(false)] bool sound, string fault)
    {
        if (!sound)
            throw new InvalidDataException($"The model file is damaged: {fault}.");
    }

    /// <summary>The input's columns and some more.</summary>
    protected static DataViewSchema With(
        DataViewSchema input, params ReadOnlySpan<(string Name, DataViewType Type, DataViewSchema.Annotations Annotations)> added)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        foreach ((string name, DataViewType type, DataViewSchema.Annotations annotations) in added)
            builder.AddColumn(name, type, annotations);
        return builder.ToSchema();
    }

    /// <summary>The getter of one score for each class or label; it copies, since the caller may write to what it gets.</summary>
    protected static ValueGetter<VBuffer<float>> ScoreVector(Func<ReadOnlyMemory<float>> scores) => (ref VBuffer<float> value) =>
    {
        ReadOnlySpan<float> values = scores().Span;
        var editor = VBufferEditor.Create(ref value, values.Length);
        values.CopyTo(editor.Values);
        value = editor.Commit();
    };
}
