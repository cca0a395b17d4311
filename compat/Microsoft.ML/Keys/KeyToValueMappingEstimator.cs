namespace Microsoft.ML.Transforms;

/// <summary>See <see cref="KeyToValueMappingTransformer"/>.</summary>
public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    private readonly (string OutputColumnName, string InputColumnName)[] _columns;

    internal KeyToValueMappingEstimator(IHostEnvironment env, (string OutputColumnName, string InputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingEstimator)), new KeyToValueMappingTransformer(env, columns)) => _columns = columns;

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var columns = new ShapeColumns(inputSchema);
        foreach ((string outputColumnName, string inputColumnName) in _columns)
        {
            SchemaShape.Column input = columns.Input(inputColumnName);
            if (!input.IsKey)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", inputColumnName, "KeyType", input.GetTypeString());
            if (!input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out SchemaShape.Column values))
                throw Contracts.ExceptParam(nameof(inputSchema), $"Input column '{inputColumnName}' doesn't contain key values metadata");
            var annotations = new SchemaShape(input.Annotations.Where(a => a.Name == AnnotationUtils.Kinds.SlotNames));
            columns.Set(new SchemaShape.Column(outputColumnName, input.Kind, values.ItemType, false, annotations));
        }
        return columns.ToShape();
    }
}
