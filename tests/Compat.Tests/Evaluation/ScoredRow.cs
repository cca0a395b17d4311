using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Evaluation;

/// <summary>A labelled prediction whose members have the types that a golden case names.</summary>
internal sealed class ScoredRow<TLabel, TScore, TPredicted>
{
    public TLabel? Label = default;
    public TScore? Score = default;
    public TPredicted? PredictedLabel = default;
}

/// <summary>The view of a golden case: its columns (name: type) and the field values of its objects.</summary>
internal static class ScoredRows
{
    private static readonly string[] Members = ["Label", "Score", "PredictedLabel"];

    /// <param name="context">Loads the objects.</param>
    /// <param name="input">The case's columns and objectRows.</param>
    /// <param name="adapt">May add annotations to the definition of the columns.</param>
    public static IDataView Load(MLContext context, JsonElement input, Action<SchemaDefinition>? adapt = null)
    {
        (string Name, DataViewType Type)[] columns = input.GetProperty("columns").EnumerateArray()
            .Select(c => Column(c.GetString()!))
            .ToArray();
        Type[] memberTypes = Members
            .Select(member => columns.FirstOrDefault(c => Member(c.Name) == member).Type)
            .Select(type => type is null ? typeof(float) : FieldType(type))
            .ToArray();
        MethodInfo load = typeof(ScoredRows).GetMethod(nameof(LoadTyped), BindingFlags.NonPublic | BindingFlags.Static)!;
        object?[] arguments = [context, columns, input.GetProperty("objectRows"), adapt];
        return (IDataView)load.MakeGenericMethod(memberTypes).Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
    }

    private static IDataView LoadTyped<TLabel, TScore, TPredicted>(MLContext context, (string Name, DataViewType Type)[] columns,
        JsonElement rows, Action<SchemaDefinition>? adapt)
    {
        var definition = SchemaDefinition.Create(typeof(ScoredRow<TLabel, TScore, TPredicted>));
        definition.RemoveAll(d => !columns.Any(c => Member(c.Name) == d.MemberName));
        foreach ((string name, DataViewType type) in columns)
        {
            SchemaDefinition.Column column = definition.Single(d => d.MemberName == Member(name));
            column.ColumnName = name;
            column.ColumnType = type;
        }
        adapt?.Invoke(definition);
        ScoredRow<TLabel, TScore, TPredicted>[] objects = rows.EnumerateArray().Select(values =>
        {
            object row = new ScoredRow<TLabel, TScore, TPredicted>();
            for (int i = 0; i < columns.Length; i++)
            {
                FieldInfo field = row.GetType().GetField(Member(columns[i].Name))!;
                field.SetValue(row, Value(values[i], field.FieldType));
            }
            return (ScoredRow<TLabel, TScore, TPredicted>)row;
        }).ToArray();
        return context.Data.LoadFromEnumerable(objects, definition);
    }

    private static string Member(string column) => Members.Single(m => m[0] == column[0]);

    private static (string, DataViewType) Column(string text)
    {
        string[] parts = text.Split(": ", 2);
        return (parts[0], ColumnType(parts[1]));
    }

    private static DataViewType ColumnType(string text)
    {
        string[] parts = text.TrimEnd('>').Split('<', ',', '-').Select(p => p.Trim()).ToArray();
        return parts[0] switch
        {
            "Key" => new KeyDataViewType(typeof(uint), int.Parse(parts[3], CultureInfo.InvariantCulture) + 1),
            "Vector" => new VectorDataViewType((PrimitiveDataViewType)ColumnType(parts[1]), parts.Length > 2 ? int.Parse(parts[2]) : 0),
            "Single" => NumberDataViewType.Single,
            "Double" => NumberDataViewType.Double,
            "Int32" => NumberDataViewType.Int32,
            "UInt32" => NumberDataViewType.UInt32,
            "Boolean" => BooleanDataViewType.Instance,
            "String" => TextDataViewType.Instance,
            _ => throw new InvalidOperationException($"A new column type: {text}"),
        };
    }

    private static Type FieldType(DataViewType type) => type switch
    {
        VectorDataViewType vector => vector.ItemType.RawType.MakeArrayType(),
        TextDataViewType => typeof(string),
        _ => type.RawType,
    };

    private static object? Value(JsonElement value, Type type) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        JsonValueKind.Array => Items(value, type.GetElementType()!),
        JsonValueKind.String when type == typeof(string) => value.GetString(),
        JsonValueKind.String => Convert.ChangeType(double.Parse(value.GetString()!, CultureInfo.InvariantCulture), type, CultureInfo.InvariantCulture),
        _ when type == typeof(float) => float.Parse(value.GetRawText(), CultureInfo.InvariantCulture),
        _ => Convert.ChangeType(value.GetDouble(), type, CultureInfo.InvariantCulture),
    };

    private static Array Items(JsonElement items, Type type)
    {
        var array = Array.CreateInstance(type, items.GetArrayLength());
        for (int i = 0; i < array.Length; i++)
            array.SetValue(Value(items[i], type), i);
        return array;
    }
}
