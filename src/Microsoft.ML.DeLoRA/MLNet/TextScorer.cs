using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>A text model, the columns that it reads, and the columns that it adds: all that views, cursors and rows need.</summary>
internal sealed record TextScorer(IHost Host, TextModel Model, string TextColumn, string? SecondTextColumn, IScoreColumns Outputs)
{
    /// <summary>The columns of a table that the model reads.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is missing or no text.</exception>
    public DataViewSchema.Column[] Inputs(DataViewSchema schema) => SecondTextColumn is null
        ? [ColumnChecks.Text(schema, TextColumn)]
        : [ColumnChecks.Text(schema, TextColumn), ColumnChecks.Text(schema, SecondTextColumn)];
}
