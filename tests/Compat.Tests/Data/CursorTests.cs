using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Compat.Tests.Data.EnumerableClasses;

namespace Compat.Tests.Data;

/// <summary>What a cursor says before, on and after its rows.</summary>
public class CursorTests
{
    private static readonly JsonElement Golden = GoldenFile.Load("enumerable").GetProperty("cursor");

    private static readonly MLContext Context = new(1);

    private static readonly Dictionary<string, Func<(IDataView View, string Column)>> Views = new()
    {
        ["LoadFromEnumerable(array)"] = () => (Texts("a", null), "S"),
        ["MapValueToKey transform"] = () => (Context.Transforms.Conversion.MapValueToKey("K", "S").Fit(Texts("a", null)).Transform(Texts("a", null)), "K"),
        ["Cache"] = () => (Context.Data.Cache(Texts("a", null)), "S"),
        ["SkipRows(1) of 3"] = () => (Context.Data.SkipRows(Texts("a", "b", "c"), 1), "S"),
        ["empty"] = () => (Texts(), "S"),
        ["DropColumns"] = () => (Context.Transforms.DropColumns("F").Fit(FloatText).Transform(FloatText), "S"),
        ["TrainTestSplit(0.5).TestSet of 4"] = () => (new MLContext(1).Data.TrainTestSplit(
            Context.Data.LoadFromEnumerable(Enumerable.Range(0, 4).Select(i => new EId { Id = i }).ToArray()), 0.5).TestSet, "Id"),
    };

    /// <summary>
    /// Left out: the product filters no rows by range; what a shuffling cursor gives off its rows is whatever its pool holds.
    /// </summary>
    public static TheoryData<string> Names => GoldenFile.Names(Golden, "Filter F in [1,3)", "ShuffleRows(seed 1) of 3");

    private static IDataView FloatText => Context.Data.LoadFromEnumerable<EFloatText>([new() { S = "x" }]);

    [Theory]
    [MemberData(nameof(Names))]
    public void IsAsGolden(string name)
    {
        (IDataView view, string column) = Views[name]();
        GoldenAssert.Equal(Golden.GetProperty(name), Walk(view, view.Schema[column]));
    }

    private static IDataView Texts(params string?[] texts) => Context.Data.LoadFromEnumerable(EnumerableTests.Texts(texts).ToArray());

    private static Dictionary<string, object?> Walk(IDataView view, DataViewSchema.Column column)
    {
        DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<DataViewRowId> idGetter = cursor.GetIdGetter();
        object? Id() => GoldenAssert.Capture(() =>
        {
            DataViewRowId id = default;
            idGetter(ref id);
            return id.ToString();
        });

        var seen = new Dictionary<string, object?> { ["batch"] = cursor.Batch };
        seen["before"] = new Dictionary<string, object?> { ["position"] = cursor.Position, ["id"] = Id() };
        Func<object?> getter = Observed.Getter(cursor, column);
        seen["getGetterBeforeMoveNext"] = "ok";
        seen["valueBeforeMoveNext"] = GoldenAssert.Capture(getter);
        var rows = new List<object?>();
        while (cursor.MoveNext())
        {
            rows.Add(new Dictionary<string, object?> { ["position"] = cursor.Position, ["id"] = Id(), ["value"] = getter(), ["valueAgain"] = getter() });
        }
        seen["rows"] = rows;
        seen["after"] = new Dictionary<string, object?>
        {
            ["position"] = cursor.Position,
            ["moveNextAgain"] = cursor.MoveNext(),
            ["positionAgain"] = cursor.Position,
            ["id"] = Id(),
            ["value"] = GoldenAssert.Capture(getter),
        };
        seen["getterAfterEnd"] = GoldenAssert.Capture(() => Observed.Getter(cursor, column)());
        cursor.Dispose();
        seen["afterDispose"] = new Dictionary<string, object?> { ["position"] = cursor.Position, ["moveNext"] = cursor.MoveNext() };
        return seen;
    }
}
