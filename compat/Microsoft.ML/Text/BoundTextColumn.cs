namespace Microsoft.ML.Data;

/// <summary>A column of a text file with its type and its fields.</summary>
internal sealed record BoundTextColumn(string Name, DataViewType Type, PrimitiveDataViewType ItemType, IReadOnlyList<TextLoader.Range> Ranges)
{
    /// <summary>Finds the type; <paramref name="fieldCount"/> is asked only for ranges to the end of the line.</summary>
    public static BoundTextColumn Bind(TextLoader.Column column, Func<int> fieldCount)
    {
        Contracts.CheckParam(!string.IsNullOrWhiteSpace(column.Name), nameof(column.Name), "Must specify a column name");
        Contracts.CheckParam(column.Source is { Length: > 0 }, nameof(column.Source), "Must specify some source column indices");
        PrimitiveDataViewType itemType = column.DataKind.Primitive();
        if (column.KeyCount is { } keys)
            itemType = keys.Count is { } count ? new KeyDataViewType(itemType.RawType, count) : throw new NotSupportedException("A key column needs the number of its values.");

        TextLoader.Range[] ranges = column.Source
            .Select(r => r.AutoEnd ? new TextLoader.Range { Min = r.Min, Max = Math.Max(r.Min, fieldCount() - 1), ForceVector = true } : r)
            .ToArray();
        if (ranges.Any(r => r.VariableEnd))
            return new BoundTextColumn(column.Name, new VectorDataViewType(itemType), itemType, ranges);
        int size = ranges.Sum(Size);
        bool isVector = size > 1 || ranges.Any(r => r.ForceVector);
        return new BoundTextColumn(column.Name, isVector ? new VectorDataViewType(itemType, size) : itemType, itemType, ranges);
    }

    /// <summary>The field of each slot in a line of so many fields.</summary>
    public IEnumerable<int> Fields(int fieldCount) => Ranges.SelectMany(r =>
        r.VariableEnd ? Enumerable.Range(r.Min, Math.Max(0, fieldCount - r.Min)) : Enumerable.Range(r.Min, Size(r)));

    /// <summary>The header's names of a vector's slots; null without a header.</summary>
    public DataViewSchema.Annotations SlotNames(List<TextField> header)
    {
        if (header is null || Type is not VectorDataViewType { IsKnownSize: true } vector)
            return null;
        ReadOnlyMemory<char>[] names = Fields(header.Count).Select(f => f < header.Count ? header[f].Text : default).ToArray();
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddSlotNames(vector.Size, (ref VBuffer<ReadOnlyMemory<char>> value) =>
            new VBuffer<ReadOnlyMemory<char>>(names.Length, names).CopyTo(ref value));
        return builder.ToAnnotations();
    }

    private static int Size(TextLoader.Range range) => (range.Max ?? range.Min) - range.Min + 1;
}
