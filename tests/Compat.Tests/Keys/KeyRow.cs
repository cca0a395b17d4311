using System.Globalization;
using System.Text.Json;
using Compat.Tests.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Keys;

/// <summary>A row with one field of each type that keys were made of.</summary>
internal sealed class KeyRow
{
    public string? T;
    public int I;
    public bool B;
    public float F;
    public double D;

    public static IDataView View(MLContext context, JsonElement rows) =>
        context.Data.LoadFromEnumerable(rows.EnumerateArray().Select(row => new KeyRow
    {
        T = row[0].GetString(),
        I = row[1].GetInt32(),
        B = row[2].GetBoolean(),
        F = float.Parse(Text(row[3]), CultureInfo.InvariantCulture),
        D = double.Parse(Text(row[4]), CultureInfo.InvariantCulture),
    }).ToArray());

    /// <summary>The values of one column.</summary>
    public static List<object?> Column(IDataView view, string name)
    {
        DataViewSchema.Column column = view.Schema[name];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        Func<object?> getter = Observed.Getter(cursor, column);
        var values = new List<object?>();
        while (cursor.MoveNext())
            values.Add(getter());
        return values;
    }

    private static string Text(JsonElement number) => number.ValueKind == JsonValueKind.String ? number.GetString()! : number.GetRawText();
}

/// <summary>One column of one type.</summary>
internal sealed class One<TValue>
{
    public TValue? A = default;
}
