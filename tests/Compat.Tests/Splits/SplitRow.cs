using Microsoft.ML;
using Microsoft.ML.Data;

namespace Compat.Tests.Splits;

/// <summary>The rows that the golden splits were made of.</summary>
internal sealed class SplitRow
{
    public int Id;
    public string? Group;
    public int GInt;
    public float GFloat;
    public double GDouble;
    public bool GBool;

    [KeyType(7)]
    public uint GKey;

    public float Num;
    public double NumD;

    public static SplitRow[] Rows(int count) => Enumerable.Range(0, count).Select(Row).ToArray();

    /// <summary>Every fourth row has no sampling key.</summary>
    public static SplitRow[] RowsWithMissingKeys(int count)
    {
        SplitRow[] rows = Rows(count);
        foreach (SplitRow row in rows.Where(r => r.Id % 4 == 3))
        {
            row.Group = row.Id % 8 == 3 ? "" : null;
            row.GFloat = float.NaN;
            row.GKey = 7;
        }
        return rows;
    }

    public static IDataView View(MLContext context, int count) => context.Data.LoadFromEnumerable(Rows(count));

    public static List<object?> Ids(IDataView view) => view.GetColumn<int>("Id").Select(id => (object?)id).ToList();

    public static Dictionary<string, object?> Parts(DataOperationsCatalog.TrainTestData split) =>
        new() { ["test"] = Ids(split.TestSet), ["train"] = Ids(split.TrainSet) };

    private static SplitRow Row(int i) => new()
    {
        Id = i,
        Group = "g" + i % 7,
        GInt = i % 7,
        GFloat = i % 7,
        GDouble = i % 7 * 0.5 - 1,
        GBool = i % 3 == 0,
        GKey = (uint)(i % 7),
        Num = i % 10 == 9 ? float.NaN : i * 0.5f,
        NumD = i % 10 == 8 ? double.NaN : i * 0.25,
    };
}
