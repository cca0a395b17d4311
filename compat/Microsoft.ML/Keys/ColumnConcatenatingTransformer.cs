using Microsoft.ML.Transforms;

namespace Microsoft.ML.Data;

/// <summary>Joins columns of one item type to a vector.</summary>
public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
{
    private readonly string _outputColumnName;
    private readonly string[] _inputColumnNames;

    internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, string[] inputColumnNames)
        : base(env.Register(nameof(ColumnConcatenatingTransformer)))
    {
        _outputColumnName = outputColumnName;
        _inputColumnNames = inputColumnNames;
    }

    private protected override IReadOnlyList<MappedColumn> MapColumns(DataViewSchema inputSchema)
    {
        DataViewSchema.Column[] inputs = _inputColumnNames
            .Select(name => inputSchema.GetColumnOrNull(name) ?? throw ColumnNames.NotFound(name))
            .ToArray();
        var itemType = (PrimitiveDataViewType)inputs[0].Type.GetItemType();
        foreach (DataViewSchema.Column input in inputs)
        {
            if (!input.Type.GetItemType().Equals(itemType))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, itemType.ToString(), input.Type.ToString());
        }
        bool known = inputs.All(i => i.Type is not VectorDataViewType { IsKnownSize: false });
        int size = known ? inputs.Sum(i => (i.Type as VectorDataViewType)?.Size ?? 1) : 0;
        var annotations = new DataViewSchema.Annotations.Builder();
        if (known && inputs.Any(i => i.Type is not VectorDataViewType || SlotNames(i) is not null))
        {
            annotations.AddSlotNames(size, (ref VBuffer<ReadOnlyMemory<char>> names) =>
                names = new(size, inputs.SelectMany(JoinedSlotNames).ToArray()));
        }
        var concatenation = (Concatenation)Getters.Create(typeof(Concatenation<>), [itemType.RawType], inputs);
        return [new MappedColumn(_outputColumnName, new VectorDataViewType(itemType, size), annotations.ToAnnotations(),
            inputs.Select(i => i.Index).ToArray(), concatenation.CreateGetter)];
    }

    private protected override void SaveModel(ModelSaveContext ctx) => throw new NotSupportedException(
        "This stand-in for ML.NET does not know how the real one saves Concatenate. Leave it out of the pipeline that is saved.");

    private static DataViewSchema.Column? SlotNames(DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.SlotNames);

    private static IEnumerable<ReadOnlyMemory<char>> JoinedSlotNames(DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType vector)
            return [column.Name.AsMemory()];
        if (SlotNames(column) is null)
            return Enumerable.Repeat(ReadOnlyMemory<char>.Empty, vector.Size);
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref names);
        return names.DenseValues().Select(name => name.IsEmpty ? name : $"{column.Name}.{name}".AsMemory());
    }
}

internal abstract class Concatenation
{
    public abstract Delegate CreateGetter(DataViewRow row);
}

internal sealed class Concatenation<T>(DataViewSchema.Column[] inputs) : Concatenation
{
    public override Delegate CreateGetter(DataViewRow row)
    {
        Action<List<T>>[] parts = inputs.Select(input => Part(row, input)).ToArray();
        var items = new List<T>();
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            items.Clear();
            foreach (Action<List<T>> part in parts)
                part(items);
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, items.Count);
            items.CopyTo(editor.Values);
            value = editor.Commit();
        });
    }

    private static Action<List<T>> Part(DataViewRow row, DataViewSchema.Column input)
    {
        if (input.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<T>> vectorGetter = row.GetGetter<VBuffer<T>>(input);
            VBuffer<T> vector = default;
            return items =>
            {
                vectorGetter(ref vector);
                items.AddRange(vector.DenseValues());
            };
        }
        ValueGetter<T> getter = row.GetGetter<T>(input);
        T value = default;
        return items =>
        {
            getter(ref value);
            items.Add(value);
        };
    }
}
