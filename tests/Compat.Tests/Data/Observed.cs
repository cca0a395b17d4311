using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Data;

/// <summary>Views, schemas and objects in the form of the golden files.</summary>
internal static class Observed
{
    /// <summary>Columns with index, hidden flag and key count; annotations only where there are some.</summary>
    public static List<object?> Schema(DataViewSchema schema) => schema.Select(c =>
    {
        var column = new Dictionary<string, object?>
        {
            ["index"] = c.Index,
            ["name"] = c.Name,
            ["hidden"] = c.IsHidden,
            ["type"] = c.Type.ToString(),
        };
        if (c.Type is KeyDataViewType key)
            column["keyCount"] = key.Count;
        if (c.Annotations.Schema.Count > 0)
            column["annotations"] = Annotations(c.Annotations);
        return (object?)column;
    }).ToList();

    /// <summary>Only names and types, as the text loader's cases list them.</summary>
    public static List<object?> NamesAndTypes(DataViewSchema schema) => schema.Select(c =>
    {
        var column = new Dictionary<string, object?> { ["name"] = c.Name, ["type"] = c.Type.ToString() };
        if (c.Annotations.Schema.Count > 0)
            column["annotations"] = Annotations(c.Annotations);
        return (object?)column;
    }).ToList();

    public static Dictionary<string, object?> SchemaAndRows(IDataView view) =>
        new() { ["schema"] = Schema(view.Schema), ["rows"] = GoldenAssert.Capture(() => Rows(view)) };

    /// <summary>The values of the visible columns, row by row.</summary>
    public static List<object?> Rows(IDataView view)
    {
        DataViewSchema.Column[] columns = view.Schema.Where(c => !c.IsHidden).ToArray();
        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        Func<object?>[] getters = columns.Select(c => Getter(cursor, c)).ToArray();
        var rows = new List<object?>();
        while (cursor.MoveNext())
            rows.Add(getters.Select(g => g()).ToList());
        return rows;
    }

    /// <summary>The value of a column in the row that is current when called.</summary>
    public static Func<object?> Getter(DataViewRow row, DataViewSchema.Column column)
    {
        MethodInfo method = typeof(Observed).GetMethod(nameof(Typed), BindingFlags.NonPublic | BindingFlags.Static)!;
        return (Func<object?>)method.MakeGenericMethod(column.Type.RawType)
            .Invoke(null, BindingFlags.DoNotWrapExceptions, null, [row, column], null)!;
    }

    /// <summary>A value of a column or member in the form of the files: text as string, vectors as arrays.</summary>
    public static object? Value(object? value) => value switch
    {
        ReadOnlyMemory<char> text => text.ToString(),
        DateTime moment => moment.ToString("yyyy-MM-ddTHH:mm:ss.fffffff"),
        string or null => value,
        System.Collections.IEnumerable items => items.Cast<object?>().Select(Value).ToList(),
        _ => value,
    };

    /// <summary>Public fields and properties of an object; a VBuffer member with its length and whether it is dense.</summary>
    public static Dictionary<string, object?> Members(object row)
    {
        const BindingFlags Visible = BindingFlags.Public | BindingFlags.Instance;
        IEnumerable<(string, object?)> fields = row.GetType().GetFields(Visible).Select(f => (f.Name, f.GetValue(row)));
        IEnumerable<(string, object?)> properties = row.GetType().GetProperties(Visible).Where(p => p.CanRead).Select(p => (p.Name, p.GetValue(row)));
        return fields.Concat(properties).ToDictionary(m => m.Item1, m => m.Item2 is VBuffer<float> vector
            ? new Dictionary<string, object?> { ["length"] = vector.Length, ["dense"] = vector.IsDense, ["values"] = Value(vector) }
            : Value(m.Item2));
    }

    public static List<object?> Annotations(DataViewSchema.Annotations annotations) => annotations.Schema.Select(a => (object?)new Dictionary<string, object?>
    {
        ["name"] = a.Name,
        ["type"] = a.Type.ToString(),
        ["value"] = AnnotationValue(annotations, a),
    }).ToList();

    private static object? AnnotationValue(DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        MethodInfo method = typeof(Observed).GetMethod(nameof(TypedAnnotation), BindingFlags.NonPublic | BindingFlags.Static)!;
        return method.MakeGenericMethod(column.Type.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [annotations, column.Name], null);
    }

    private static object? TypedAnnotation<T>(DataViewSchema.Annotations annotations, string name)
    {
        T value = default!;
        annotations.GetValue(name, ref value);
        return Value(value);
    }

    private static Func<object?> Typed<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return Value(value);
        };
    }
}
