using Microsoft.ML.DeLoRA.Tokenization;
using Microsoft.ML.DeLoRA.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>What a task makes of its label column: which columns fit, how a row's label is read, and what the model puts out.</summary>
/// <param name="column">The training rows' label column.</param>
internal abstract class TrainingLabels(DataViewSchema.Column column)
{
    /// <summary>Which kind of model learns from such labels.</summary>
    public abstract TextModelKind Kind { get; }

    /// <summary>The same for metrics.</summary>
    public abstract MetricTask Task { get; }

    /// <summary>Outputs of the model's head.</summary>
    public abstract int OutputCount { get; }

    /// <summary>The values behind the keys, or the labels' names; null when there are none.</summary>
    public virtual LabelValues? Values => null;

    /// <summary>Chooses the best epoch unless the options name another.</summary>
    public abstract IMetric Metric { get; }

    /// <summary>What to check when every row's label is missing; empty where none can be.</summary>
    public virtual string MissingLabelAdvice => "";

    /// <summary>The name of the label column.</summary>
    public string ColumnName => Column.Name;

    protected DataViewSchema.Column Column { get; } = column;

    /// <summary>The label column of a table, checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public abstract DataViewSchema.Column Find(DataViewSchema schema);

    /// <summary>Checks that a validation set's label column says the same as that of the training rows.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public virtual void CheckValidation(DataViewSchema schema) => Find(schema);

    /// <summary>What is said of rows of which none has a label, or that are none.</summary>
    /// <param name="column">The label column's name.</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="purpose">What they are for: training or validation.</param>
    /// <param name="advice">What to check.</param>
    public static InvalidOperationException NoneLabelled(string column, int rows, string purpose, string advice) => new(rows == 0
        ? $"The {purpose} data has no rows."
        : $"None of the {rows:N0} {purpose} rows has a label in column '{column}': all are missing. {advice}");

    /// <summary>
    /// Reads the label of the current row: adds its targets (a class index, from 0; a number; or 0 or 1 for each label) to the list;
    /// false when it is missing.
    /// </summary>
    /// <param name="row">The row; the column is active.</param>
    /// <param name="label">Its label column.</param>
    /// <param name="purpose">What the rows are for, in messages: training or validation.</param>
    public abstract Func<List<float>, bool> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose);

    /// <summary>Texts with the targets of their rows, as training takes them.</summary>
    public abstract TrainingData CreateData(TokenizedDataset texts, IReadOnlyList<float> targets);

    /// <summary>Says what is wrong with the labels of the training rows as a whole, such as that all are the same.</summary>
    /// <exception cref="InvalidOperationException">They cannot be learned.</exception>
    public abstract void CheckTraining(LabelledTexts rows, IChannel channel);
}
