using Microsoft.ML.DeLoRA.Evaluation;
using Microsoft.ML.DeLoRA.Serving;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>What a task makes of its label column: which columns fit, how a row's label is read, and what the model puts out.</summary>
/// <param name="column">The training rows' label column.</param>
internal abstract class TrainingLabels(DataViewSchema.Column column)
{
    /// <summary>Which kind of model learns from such labels.</summary>
    public abstract TextModelKind Kind { get; }

    /// <summary>Outputs of the model's head.</summary>
    public abstract int OutputCount { get; }

    /// <summary>The values behind the keys; null when there are none.</summary>
    public virtual LabelValues? Values => null;

    /// <summary>Chooses the best epoch.</summary>
    public abstract IMetric Metric { get; }

    /// <summary>What to check when every row's label is missing.</summary>
    public abstract string MissingLabelAdvice { get; }

    /// <summary>The name of the label column.</summary>
    public string ColumnName => Column.Name;

    protected DataViewSchema.Column Column { get; } = column;

    /// <summary>The label column of a table, checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public abstract DataViewSchema.Column Find(DataViewSchema schema);

    /// <summary>Checks that a validation set's label column says the same as that of the training rows.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public virtual void CheckValidation(DataViewSchema schema) => Find(schema);

    /// <summary>Reads the label of the current row: a class index, from 0, or a number; null when it is missing.</summary>
    /// <param name="row">The row; the column is active.</param>
    /// <param name="label">Its label column.</param>
    /// <param name="purpose">What the rows are for, in messages: training or validation.</param>
    public abstract Func<float?> CreateReader(DataViewRow row, DataViewSchema.Column label, string purpose);

    /// <summary>Says what is wrong when all training rows have the same label.</summary>
    /// <exception cref="InvalidOperationException">The task needs different ones.</exception>
    public abstract void ReportEqualLabels(int rowCount, IChannel channel);
}
