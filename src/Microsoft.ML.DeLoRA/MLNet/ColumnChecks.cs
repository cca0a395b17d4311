using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// Checks input columns, of data or of a shape, before any work is done. Errors name the column, what was found, and what to do.
/// </summary>
internal static class ColumnChecks
{
    /// <summary>A column of text.</summary>
    public static DataViewSchema.Column Text(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = Find(schema, name, "text");
        if (column.Type is not TextDataViewType)
            throw WrongText(name, column.Type.ToString()!);
        return column;
    }

    /// <inheritdoc cref="Text(DataViewSchema, string)"/>
    public static void Text(SchemaShape shape, string name)
    {
        SchemaShape.Column column = Find(shape, name, "text");
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.IsKey || column.ItemType is not TextDataViewType)
            throw WrongText(name, column.TypeText());
    }

    /// <summary>A column of keys with at least two values.</summary>
    public static DataViewSchema.Column Classes(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = Find(schema, name, "label");
        if (column.Type is not KeyDataViewType key)
            throw WrongLabel(name, column.Type.ToString()!);
        if (key.Count < 2)
            throw Mismatch($"Label column '{name}' has one class only (its key has {key.Count} value); a classifier needs at least two. "
                + "Check the labels before MapValueToKey.");
        if (key.Count > TextModelDescription.MostOutputs)
            throw Mismatch(
                $"Label column '{name}' has {key.Count:N0} possible classes, "
                + $"and at most {TextModelDescription.MostOutputs:N0} are supported. "
                + "A key column without a real number of values is often declared so; "
                + "map the labels with mlContext.Transforms.Conversion.MapValueToKey.");
        return column;
    }

    /// <inheritdoc cref="Classes(DataViewSchema, string)"/>
    public static SchemaShape.Column Classes(SchemaShape shape, string name)
    {
        SchemaShape.Column column = Find(shape, name, "label");
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || !column.IsKey)
            throw WrongLabel(name, column.TypeText());
        return column;
    }

    /// <summary>A column of Singles.</summary>
    public static DataViewSchema.Column Number(DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = Find(schema, name, "label");
        if (!column.Type.Equals(NumberDataViewType.Single))
            throw WrongNumber(name, column.Type.ToString()!);
        return column;
    }

    /// <inheritdoc cref="Number(DataViewSchema, string)"/>
    public static void Number(SchemaShape shape, string name)
    {
        SchemaShape.Column column = Find(shape, name, "label");
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.IsKey || !column.ItemType.Equals(NumberDataViewType.Single))
            throw WrongNumber(name, column.TypeText());
    }

    /// <summary>A column of flags: a vector of Boolean of known size.</summary>
    public static DataViewSchema.Column Flags(DataViewSchema schema, string name, string role = "label")
    {
        DataViewSchema.Column column = Find(schema, name, role);
        if (column.Type is not VectorDataViewType { ItemType: BooleanDataViewType } vector)
            throw WrongFlags(name, role, column.Type.ToString()!);
        if (!vector.IsKnownSize)
            throw UnknownSize(name, role, column.Type.ToString()!);
        if (vector.Size > TextModelDescription.MostOutputs)
            throw Mismatch($"Column '{name}' has {vector.Size:N0} slots, and at most {TextModelDescription.MostOutputs:N0} labels "
                + "are supported. Leave out labels that no row has.");
        return column;
    }

    /// <inheritdoc cref="Flags(DataViewSchema, string, string)"/>
    public static void Flags(SchemaShape shape, string name)
    {
        SchemaShape.Column column = Find(shape, name, "label");
        if (column.Kind == SchemaShape.Column.VectorKind.Scalar || column.IsKey || column.ItemType is not BooleanDataViewType)
            throw WrongFlags(name, "label", column.TypeText());
        if (column.Kind == SchemaShape.Column.VectorKind.VariableVector)
            throw UnknownSize(name, "label", column.TypeText());
    }

    /// <summary>A column of scores: a vector of Singles, one for each slot of the label column.</summary>
    public static DataViewSchema.Column Scores(DataViewSchema schema, string name, DataViewSchema.Column label)
    {
        DataViewSchema.Column column = Find(schema, name, "score");
        int size = ((VectorDataViewType)label.Type).Size;
        if (column.Type is not VectorDataViewType vector || !vector.ItemType.Equals(NumberDataViewType.Single) || vector.Size != size)
            throw Mismatch($"Schema mismatch for score column '{name}': expected Vector<Single, {size}>, "
                + $"as label column '{label.Name}' has {size} slots, got {column.Type}. "
                + "Name the score column of the model that learned these labels.");
        return column;
    }

    private static DataViewSchema.Column Find(DataViewSchema schema, string name, string role)
        => schema.GetColumnOrNull(name) ?? throw Missing(name, role, schema.Where(c => !c.IsHidden).Select(c => c.Name));

    private static SchemaShape.Column Find(SchemaShape shape, string name, string role)
        => shape.Find(name) ?? throw Missing(name, role, shape.Select(c => c.Name));

    private static ArgumentOutOfRangeException Missing(string name, string role, IEnumerable<string> present)
        => Mismatch($"Could not find {role} column '{name}'. The data has {Listed([.. present])}. "
            + "Name the right one, or load or map that column first.");

    private static string Listed(string[] names) => names.Length == 0
        ? "no columns"
        : "the columns " + string.Join(", ", names.Take(20).Select(n => $"'{n}'")) + (names.Length > 20 ? ", ..." : "");

    private static ArgumentOutOfRangeException WrongText(string name, string found)
        => Mismatch($"Schema mismatch for text column '{name}': expected String, got {found}. "
            + "Load the column as text, or convert it with mlContext.Transforms.Conversion.ConvertType.");

    private static ArgumentOutOfRangeException WrongLabel(string name, string found)
        => Mismatch($"Schema mismatch for label column '{name}': expected Key<UInt32>, got {found}. Map the labels first: "
            + $"mlContext.Transforms.Conversion.MapValueToKey(\"{name}\").");

    private static ArgumentOutOfRangeException WrongNumber(string name, string found)
        => Mismatch($"Schema mismatch for label column '{name}': expected Single, got {found}. Load the column as Single, or convert it with "
            + "mlContext.Transforms.Conversion.ConvertType.");

    private static ArgumentOutOfRangeException WrongFlags(string name, string role, string found)
        => Mismatch($"Schema mismatch for {role} column '{name}': expected Vector<Boolean, N>, a flag for each of N labels, "
            + $"got {found}. Load it as bool[] with [VectorType(N)], or from a range of columns, "
            + "or join Boolean columns with mlContext.Transforms.Concatenate.");

    private static ArgumentOutOfRangeException UnknownSize(string name, string role, string found)
        => Mismatch($"Schema mismatch for {role} column '{name}': expected Vector<Boolean, N>, a flag for each of N labels, "
            + $"got {found}, a vector of unknown size. Declare the number of labels with [VectorType(N)], or in a SchemaDefinition.");

    // The type and the parameter that ML.NET's own components use.
    private static ArgumentOutOfRangeException Mismatch(string message) => new("inputSchema", message);
}
