using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>
/// Checks input columns, of data or of a shape, before any work is done. Errors name the column, what was found, and what to do. What a
/// label column must be says each <see cref="TextTask"/>.
/// </summary>
internal static class ColumnChecks
{
    /// <summary>The text columns of a table: one, or two for pairs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is missing or no text.</exception>
    public static DataViewSchema.Column[] Texts(DataViewSchema schema, string text, string? secondText)
    {
        return secondText is null ? [Text(text)] : [Text(text), Text(secondText)];

        DataViewSchema.Column Text(string name)
        {
            DataViewSchema.Column column = Find(schema, name, "text");
            return column.Type is TextDataViewType ? column : throw WrongText(name, column.Type.ToString()!);
        }
    }

    /// <inheritdoc cref="Texts(DataViewSchema, string, string?)"/>
    public static void Texts(SchemaShape shape, string text, string? secondText)
    {
        Check(text);
        if (secondText is not null)
            Check(secondText);

        void Check(string name)
        {
            SchemaShape.Column column = Find(shape, name, "text");
            if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.IsKey || column.ItemType is not TextDataViewType)
                throw WrongText(name, column.TypeText());
        }
    }

    /// <summary>The column of that name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string role)
        => schema.GetColumnOrNull(name) ?? throw Missing(name, role, schema.Where(c => !c.IsHidden).Select(c => c.Name));

    /// <inheritdoc cref="Find(DataViewSchema, string, string)"/>
    public static SchemaShape.Column Find(SchemaShape shape, string name, string role)
        => shape.Find(name) ?? throw Missing(name, role, shape.Select(c => c.Name));

    // The type and the parameter that ML.NET's own components use.
    public static ArgumentOutOfRangeException Mismatch(string message) => new("inputSchema", message);

    private static ArgumentOutOfRangeException Missing(string name, string role, IEnumerable<string> present)
        => Mismatch($"Could not find {role} column '{name}'. The data has {Listed([.. present])}. "
            + "Name the right one, or load or map that column first.");

    private static string Listed(string[] names) => names.Length == 0
        ? "no columns"
        : "the columns " + string.Join(", ", names.Take(20).Select(n => $"'{n}'")) + (names.Length > 20 ? ", ..." : "");

    private static ArgumentOutOfRangeException WrongText(string name, string found)
        => Mismatch($"Schema mismatch for text column '{name}': expected String, got {found}. "
            + "Load the column as text, or convert it with mlContext.Transforms.Conversion.ConvertType.");
}

/// <summary>What ML.NET lacks in public for working with a <see cref="SchemaShape"/>.</summary>
internal static class SchemaShapes
{
    /// <summary>A column with one value a row.</summary>
    public static SchemaShape.Column Scalar(string name, DataViewType type, bool isKey, params SchemaShape.Column[] annotations)
        => Column(name, SchemaShape.Column.VectorKind.Scalar, type, isKey, new SchemaShape(annotations));

    /// <summary>A column with a vector of one size.</summary>
    public static SchemaShape.Column Vector(string name, DataViewType itemType, params SchemaShape.Column[] annotations)
        => Column(name, SchemaShape.Column.VectorKind.Vector, itemType, isKey: false, new SchemaShape(annotations));

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    public static extern SchemaShape.Column Column(
        string name, SchemaShape.Column.VectorKind vecKind, DataViewType itemType, bool isKey, SchemaShape? annotations = null);

    /// <summary>The shape with columns put at the end; they hide earlier ones of the same name.</summary>
    public static SchemaShape With(this SchemaShape shape, params SchemaShape.Column[] added)
        => new(shape.Where(c => added.All(a => a.Name != c.Name)).Concat(added));

    /// <summary>The column of that name, or null.</summary>
    public static SchemaShape.Column? Find(this SchemaShape shape, string name)
    {
        foreach (SchemaShape.Column column in shape.Reverse())
        {
            if (column.Name == name)
                return column;
        }
        return null;
    }

    /// <summary>The type of a column, for messages.</summary>
    public static string TypeText(this SchemaShape.Column column)
    {
        string item = column.IsKey ? $"Key<{column.ItemType}>" : column.ItemType.ToString()!;
        return column.Kind == SchemaShape.Column.VectorKind.Scalar ? item : $"Vector<{item}>";
    }
}
