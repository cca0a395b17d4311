using static Microsoft.ML.SchemaShape.Column;

namespace Microsoft.ML.Transforms;

/// <summary>See <see cref="ColumnConcatenatingTransformer"/>.</summary>
public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
{
    private readonly IHost _host;
    private readonly string _outputColumnName;
    private readonly string[] _inputColumnNames;

    internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, string[] inputColumnNames)
    {
        _host = env.Register(nameof(ColumnConcatenatingEstimator));
        ColumnNames.CheckOutput(outputColumnName);
        Contracts.CheckValue(inputColumnNames, nameof(inputColumnNames));
        Contracts.CheckParam(inputColumnNames.Length > 0, nameof(inputColumnNames), "Input columns not specified");
        Contracts.CheckParam(!inputColumnNames.Any(string.IsNullOrEmpty), nameof(inputColumnNames), "Contained some null or empty items");
        _outputColumnName = outputColumnName;
        _inputColumnNames = inputColumnNames;
    }

    public ColumnConcatenatingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var transformer = new ColumnConcatenatingTransformer(_host, _outputColumnName, _inputColumnNames);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var columns = new ShapeColumns(inputSchema);
        SchemaShape.Column[] inputs = _inputColumnNames.Select(columns.Input).ToArray();
        foreach (SchemaShape.Column input in inputs)
        {
            Contracts.Check(!input.IsKey, $"Column '{input.Name}' is key. Concatenation of keys is unsupported.");
            Contracts.Check(input.ItemType.Equals(inputs[0].ItemType),
                $"Concatenated columns should have the same type. Column '{input.Name}' has type of {input.ItemType}, " +
                $"but expected column type is {inputs[0].ItemType}.");
        }
        bool known = inputs.All(i => i.Kind != VectorKind.VariableVector);
        VectorKind kind = known ? VectorKind.Vector : VectorKind.VariableVector;
        const string slotNames = AnnotationUtils.Kinds.SlotNames;
        bool named = known && inputs.Any(i => i.Kind == VectorKind.Scalar || i.Annotations.TryFindColumn(slotNames, out _));
        SchemaShape.Column[] annotations = named ? [new(slotNames, VectorKind.Vector, TextDataViewType.Instance, false)] : [];
        columns.Set(new SchemaShape.Column(_outputColumnName, kind, inputs[0].ItemType, false, new SchemaShape(annotations)));
        return columns.ToShape();
    }
}
