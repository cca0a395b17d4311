using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace Compat.Tests.Data;

/// <summary>Schema shapes in the form of the golden files.</summary>
internal static class ObservedShape
{
    public static SchemaShape Of(DataViewSchema schema) => Create(null, schema);

    public static List<object?> Columns(SchemaShape shape) => shape.Select(c => (object?)Column(c)).ToList();

    public static Dictionary<string, object?> Column(SchemaShape.Column column)
    {
        Dictionary<string, object?> described = Plain(column);
        described["annotations"] = column.Annotations.Select(a => (object?)Plain(a)).ToList();
        return described;
    }

    private static Dictionary<string, object?> Plain(SchemaShape.Column column) => new()
    {
        ["name"] = column.Name,
        ["kind"] = column.Kind.ToString(),
        ["itemType"] = column.ItemType.ToString(),
        ["isKey"] = column.IsKey,
    };

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Create")]
    private static extern SchemaShape Create(SchemaShape? target, DataViewSchema schema);
}
