using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.Cli.Tables;

/// <summary>The rows of a file with any number of labels each.</summary>
/// <param name="Names">The labels' names, in the order of the rows' flags.</param>
/// <param name="Rows">The rows.</param>
internal sealed record MultiLabelTexts(IReadOnlyList<string> Names, MultiLabelText[] Rows)
{
    public const string LabelColumn = nameof(MultiLabelText.Labels);

    /// <summary>As a table for ML.NET, which wants to know the number of labels.</summary>
    public IDataView Load(MLContext context)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(MultiLabelText));
        definition[LabelColumn].ColumnType = new VectorDataViewType(BooleanDataViewType.Instance, Names.Count);
        return context.Data.LoadFromEnumerable(Rows, definition);
    }
}
