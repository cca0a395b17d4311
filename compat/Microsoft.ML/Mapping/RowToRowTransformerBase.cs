namespace Microsoft.ML.Data;

/// <summary>A transformer that adds columns made row by row.</summary>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected readonly IHost Host;

    private protected RowToRowTransformerBase(IHost host) => Host = host;

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new ColumnBindings(inputSchema, MapColumns(inputSchema)).Schema;
    }

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new RowToRowMapperTransform(Host, input, MapColumns(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new RowToRowMapperTransform(Host, new EmptyDataView(Host, inputSchema), MapColumns(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    /// <summary>The columns that are added to such an input; throws when the input does not fit.</summary>
    private protected abstract IReadOnlyList<MappedColumn> MapColumns(DataViewSchema inputSchema);

    private protected abstract void SaveModel(ModelSaveContext ctx);
}

/// <summary>A transformer that makes each added column of one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    private protected readonly (string OutputColumnName, string InputColumnName)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, (string OutputColumnName, string InputColumnName)[] columns) : base(host)
    {
        Contracts.CheckValue(columns, nameof(columns));
        ColumnPairs = columns;
    }

    private protected sealed override IReadOnlyList<MappedColumn> MapColumns(DataViewSchema inputSchema) =>
        ColumnPairs.Select((pair, i) =>
        {
            DataViewSchema.Column input = inputSchema.GetColumnOrNull(pair.InputColumnName)
                ?? throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", pair.InputColumnName);
            return MapColumn(i, pair.OutputColumnName, input);
        }).ToArray();

    /// <summary>The added column number <paramref name="index"/>, made of <paramref name="input"/>; throws when that does not fit.</summary>
    private protected abstract MappedColumn MapColumn(int index, string outputColumnName, DataViewSchema.Column input);
}
