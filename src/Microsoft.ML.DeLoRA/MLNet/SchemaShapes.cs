using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeLoRA.MLNet;

/// <summary>What ML.NET lacks in public for working with a <see cref="SchemaShape"/>.</summary>
internal static class SchemaShapes
{
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
