namespace Microsoft.ML.Transforms;

/// <summary>Learns the distinct values of columns; see <see cref="ValueToKeyMappingTransformer"/>.</summary>
public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    private readonly IHost _host;
    private readonly (string OutputColumnName, string InputColumnName)[] _columns;
    private readonly int _maximum;
    private readonly KeyOrdinality _ordinality;
    private readonly bool _asText;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(IHostEnvironment env, (string OutputColumnName, string InputColumnName)[] columns, int maximumNumberOfKeys,
        KeyOrdinality keyOrdinality, bool addKeyValueAnnotationsAsText, IDataView keyData)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        foreach ((string outputColumnName, _) in columns)
            ColumnNames.CheckOutput(outputColumnName);
        if (keyData is { Schema.Count: not 1 })
            throw Contracts.ExceptParam(nameof(keyData),
                "If specified, this data view should contain only a single column containing the terms to map, " +
                $"but this had {keyData.Schema.Count} columns.");
        _columns = columns;
        _maximum = maximumNumberOfKeys;
        _ordinality = keyOrdinality;
        _asText = addKeyValueAnnotationsAsText;
        _keyData = keyData;
    }

    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        DataViewSchema.Column[] inputs = _columns
            .Select(c => input.Schema.GetColumnOrNull(c.InputColumnName) ?? throw ColumnNames.NotFound(c.InputColumnName))
            .ToArray();
        Contracts.CheckParam(_maximum > 0, "MaxNumTerms", "Must be positive");
        TermMap[] maps = _keyData is null ? Learn(input, inputs) : Enumerable.Repeat(LearnKeyData(inputs), inputs.Length).ToArray();
        return new ValueToKeyMappingTransformer(_host, _columns, maps, Enumerable.Repeat(_asText, maps.Length).ToArray());
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var columns = new ShapeColumns(inputSchema);
        foreach ((string outputColumnName, string inputColumnName) in _columns)
        {
            SchemaShape.Column input = columns.Input(inputColumnName);
            var annotations = input.Annotations.Where(a => a.Name == AnnotationUtils.Kinds.SlotNames).ToList();
            if (!input.IsKey)
                annotations.Add(KeyValues(_asText ? TextDataViewType.Instance : input.ItemType));
            else if (input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out SchemaShape.Column values))
                annotations.Add(KeyValues(values.ItemType));
            columns.Set(new SchemaShape.Column(outputColumnName, input.Kind, NumberDataViewType.UInt32, true, new SchemaShape(annotations)));
        }
        return columns.ToShape();
    }

    private TermMap[] Learn(IDataView data, DataViewSchema.Column[] columns)
    {
        using IChannel channel = _host.Register("Term").Start("Training");
        using DataViewRowCursor cursor = data.GetRowCursor(columns.DistinctBy(c => c.Index));
        TermCollector[] collectors = columns.Select(c => TermMap.CreateCollector(cursor, c)).ToArray();
        while (cursor.MoveNext())
        {
            foreach (TermCollector collector in collectors)
                collector.Collect(_maximum);
        }
        return collectors.Select(c => c.Finish(sort: _ordinality == KeyOrdinality.ByValue)).ToArray();
    }

    /// <summary>Given values keep their order, however many they are.</summary>
    private TermMap LearnKeyData(DataViewSchema.Column[] inputs)
    {
        DataViewSchema.Column column = _keyData.Schema[0];
        foreach (DataViewSchema.Column input in inputs)
        {
            if (!input.Type.GetItemType().Equals(column.Type))
                throw Contracts.ExceptParam("keyData", $"Input data's column must be of type '{input.Type.GetItemType()}' but was '{column.Type}'");
        }
        using DataViewRowCursor cursor = _keyData.GetRowCursor([column]);
        TermCollector collector = TermMap.CreateCollector(cursor, column);
        while (cursor.MoveNext())
            collector.Collect(int.MaxValue);
        return collector.Finish(sort: false);
    }

    private static SchemaShape.Column KeyValues(DataViewType itemType) =>
        new(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector, itemType, false);
}
