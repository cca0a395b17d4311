namespace Microsoft.ML.Transforms;

/// <summary>The columns of a shape while an estimator changes them: a column keeps its place, a new one comes at the end.</summary>
internal sealed class ShapeColumns
{
    private readonly SchemaShape _input;
    private readonly List<SchemaShape.Column> _columns;

    public ShapeColumns(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        _input = inputSchema;
        _columns = [.. inputSchema];
    }

    public SchemaShape.Column Input(string name) =>
        _input.TryFindColumn(name, out SchemaShape.Column column) ? column : throw ColumnNames.NotFound(name);

    public void Set(SchemaShape.Column column)
    {
        int place = _columns.FindIndex(c => c.Name == column.Name);
        if (place < 0)
            _columns.Add(column);
        else
            _columns[place] = column;
    }

    public SchemaShape ToShape() => new(_columns);
}
