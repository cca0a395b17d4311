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
        if (key.Count > Serving.TextModelDescription.MostOutputs)
            throw Mismatch(
                $"Label column '{name}' has {key.Count:N0} possible classes, "
                + $"and at most {Serving.TextModelDescription.MostOutputs:N0} are supported. "
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

    // The type and the parameter that ML.NET's own components use.
    private static ArgumentOutOfRangeException Mismatch(string message) => new("inputSchema", message);
}
